import { AccountShell } from "@/components/account/account-shell";
import { DeviceRows } from "@/components/account/device-rows";
import { LockoutTable } from "@/components/account/lockout-table";
import { type MethodLine, MethodRows } from "@/components/account/method-rows";
import { PasskeySignals } from "@/components/account/passkey-signals";
import { SuspendedRows } from "@/components/account/suspended-rows";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { readCookie, requireFreshProofForPage, visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { isTwoStepRequired, siteName } from "@/lib/kernel/site";
import { lockoutMap } from "@/lib/lockout";
import { type ActiveMethod, describeMethod, methodWords, passkeySignals } from "@/lib/methods";
import { enrolledOf, type SecurityOverview, securityOverview } from "@/lib/security";
import { type Suspension, suspensionsOf } from "@/lib/stolen";
import { isTrialDue } from "@/lib/trial";
import { words } from "@/lib/words";
import {
  askFirstAction,
  forgetAllDevicesAction,
  forgetDeviceAction,
  keepNumberAction,
  moveUpAction,
} from "./actions";
import { startAction } from "./setup/actions";

export const dynamic = "force-dynamic";

type SecurityPageProps = {
  searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
};

export default async function SecurityPage({ searchParams }: SecurityPageProps) {
  const session = await requireFreshProofForPage("see-settings");
  const t = words("security");
  const { now } = await visit();
  const [overview, signals] = await Promise.all([
    session.twoStepOnAt === null
      ? undefined
      : securityOverview(session.accountId, await readCookie("devices"), now),
    passkeySignals({ ...session, id: session.accountId }, now),
  ]);
  return (
    <AccountShell session={session} above={<BackLink href="/account/settings">{t("back")}</BackLink>}>
      <PageTitle heading={t("heading")} site={siteName()} />
      {overview === undefined ? (
        <Off />
      ) : (
        <On overview={overview} now={now} hasAllDevices={(await searchParams).devices === "all"} />
      )}
      <PasskeySignals signals={signals} />
    </AccountShell>
  );
}

function Off() {
  const t = words("setup");
  return (
    <Section heading={t("explain.title")}>
      <p>{t("explain.text")}</p>
      <Form action={startAction}>
        <Actions>
          <Button>{t("explain.begin")}</Button>
        </Actions>
      </Form>
    </Section>
  );
}

// What stands in a sentence without its row, kept apart from it whichever way a name is written (Unicode FSI, PDI).
const aboutOf = (about: string, label: string): string =>
  label === "" ? about : words("security")("methods.labelled", { about, label: `\u2068${label}\u2069` });

function placeWords({ livesOn }: ActiveMethod, methods: readonly ActiveMethod[]): string | undefined {
  const t = words("security");
  if (livesOn === "") return undefined;
  const phone = methods.find(({ id }) => id === livesOn);
  const facts = phone && describeMethod(phone);
  return facts?.kind === "phone"
    ? t("methods.where.phone", { lastDigits: facts.lastDigits })
    : t("methods.where.own");
}

const lineOf = (method: ActiveMethod, { methods, failingIds }: SecurityOverview, now: Date): MethodLine => {
  const facts = describeMethod(method);
  const { id, label, createdAt, lastUsedAt, provenAt } = method;
  return {
    id,
    label,
    createdAt,
    lastUsedAt,
    provenAt,
    name: methodWords.name(facts),
    about: aboutOf(methodWords.about(facts), label),
    place: placeWords(method, methods),
    wait: method.waitsUntil !== null && method.waitsUntil > now ? method.waitsUntil : undefined,
    isFailing: failingIds.includes(id),
    isDue: isTrialDue(method, now),
    // A number whose day has come is about to go.
    trial: method.retiresAt === null || method.retiresAt > now ? "try" : undefined,
    canChange: facts.kind === "phone" && method.retiresAt === null,
    retiresAt: method.retiresAt ?? undefined,
  };
};

/** Methods that are there and not asked for: a disabled one can be taken into use again, and both can be removed. */
function troubledLines({ brokenIds, disabled }: SecurityOverview): MethodLine[] {
  const t = words("security");
  return [
    ...disabled.map((method) => {
      const facts = describeMethod(method);
      return {
        id: method.id,
        label: method.label,
        name: methodWords.name(facts),
        about: aboutOf(methodWords.about(facts), method.label),
        trouble: t("methods.disabledText"),
        trial: "enable" as const,
      };
    }),
    ...brokenIds.map((id) => ({
      id,
      label: "",
      name: t("methods.broken"),
      about: t("methods.brokenAbout"),
      trouble: t("methods.brokenText"),
    })),
  ];
}

type OnProps = { overview: Awaited<ReturnType<typeof securityOverview>>; now: Date; hasAllDevices: boolean };

function On({ overview, now, hasAllDevices }: OnProps) {
  const t = words("security");
  const { twoStepOnAt, codesLeft, codesMadeAt, codesUnsavedSince, codesProvenAt, codesTriable, devices } =
    overview;
  const [first, ...others] = overview.methods.map((method) => lineOf(method, overview, now));
  const areCodesDue =
    codesTriable > 0 &&
    codesMadeAt !== null &&
    isTrialDue({ createdAt: codesMadeAt, provenAt: codesProvenAt }, now);
  return (
    <>
      <Notice tone="success" isStatus={false} title={t("on")}>
        {twoStepOnAt ? <p>{t("onSince", { at: timeText(twoStepOnAt, "day") })}</p> : null}
      </Notice>
      <Section heading={t("preferred.heading")} lead={t("preferred.lead")}>
        {first === undefined ? (
          <Notice tone="danger">{t(codesLeft === 0 ? "preferred.nothing" : "preferred.none")}</Notice>
        ) : null}
        <MethodRows label={t("preferred.heading")} methods={first ? [first] : []} keep={keepNumberAction} />
      </Section>
      <Section heading={t("backup.heading")} lead={t("backup.lead")}>
        {first !== undefined && others.length === 0 ? (
          <Notice tone="warning">{t("backup.none")}</Notice>
        ) : null}
        <MethodRows
          label={t("backup.heading")}
          methods={others}
          order={{ first: askFirstAction, up: moveUpAction }}
          keep={keepNumberAction}
        />
        <MethodRows label={t("methods.broken")} methods={troubledLines(overview)} />
        <Actions>
          <LinkButton variant="secondary" href="/account/security/add">
            {t("backup.add")}
          </LinkButton>
        </Actions>
      </Section>
      <SuspendedSection suspensions={suspensionsOf(overview.suspended)} />
      <Section heading={t("codes.heading")}>
        <p>
          {t("codes.left", { left: codesLeft, total: numbers.recoveryCodes.count })}{" "}
          {codesMadeAt ? t("codes.made", { at: timeText(codesMadeAt, "day") }) : null}{" "}
          {codesProvenAt ? t("codes.proven", { at: timeText(codesProvenAt, "day") }) : null}
        </p>
        {codesUnsavedSince === null ? null : <Notice tone="warning">{t("codes.unsaved")}</Notice>}
        {areCodesDue ? <p className="row-reminder">{t("codes.due")}</p> : null}
        {codesLeft <= numbers.recoveryCodes.warnAt ? <Notice tone="warning">{t("codes.few")}</Notice> : null}
        <Actions>
          <LinkButton variant="secondary" href="/account/security/recovery-codes">
            {t("codes.new")}
          </LinkButton>
          {codesTriable > 0 ? (
            <LinkButton variant="link" href="/account/security/recovery-codes/try">
              {t("codes.try")}
            </LinkButton>
          ) : null}
        </Actions>
      </Section>
      <LockoutSection overview={overview} />
      <Section id="devices" heading={t("devices.heading")} lead={t("devices.lead")}>
        <DeviceRows
          devices={devices.filter(
            ({ isThis }, place) => hasAllDevices || isThis || place < numbers.trustedDevice.shownFirst,
          )}
          forget={forgetDeviceAction}
        />
        {hasAllDevices || devices.length <= numbers.trustedDevice.shownFirst ? null : (
          <p>
            <LinkButton variant="link" href="/account/security?devices=all#devices">
              {t("devices.all", { count: devices.length })}
            </LinkButton>
          </p>
        )}
        {devices.length > 0 ? (
          <Form action={forgetAllDevicesAction}>
            <Actions>
              <Button variant="secondary">{t("devices.forgetAll")}</Button>
            </Actions>
          </Form>
        ) : null}
      </Section>
      <OffSection />
    </>
  );
}

function OffSection() {
  const t = words("security");
  if (isTwoStepRequired())
    return <Section heading={t("off.heading")} lead={words("policy")("off.text", { site: siteName() })} />;
  return (
    <Section heading={t("off.heading")} lead={t("off.lead")}>
      <Actions>
        <LinkButton variant="danger" href="/account/security/turn-off">
          {t("off.link")}
        </LinkButton>
      </Actions>
    </Section>
  );
}

function SuspendedSection({ suspensions }: { suspensions: readonly Suspension[] }) {
  if (suspensions.length === 0) return null;
  const t = words("stolen");
  return (
    <Section heading={t("list.heading")} lead={t("list.lead")}>
      <SuspendedRows suspensions={suspensions} />
    </Section>
  );
}

function LockoutSection({ overview }: { overview: Pick<SecurityOverview, "methods" | "codesLeft"> }) {
  const t = words("lockout");
  const { methods, codesLeft } = overview;
  const losses = lockoutMap(enrolledOf(methods, codesLeft));
  return (
    <Section heading={t("heading")} lead={t("lead")}>
      <LockoutTable caption={t("heading")} losses={losses} methods={methods} />
      {losses.some(({ verdict }) => verdict === "out") ? (
        <p>
          {t("outWays")} <a href="/account/settings/recovery">{t("outWaysLink")}</a>
        </p>
      ) : null}
      <p className="quiet">
        {methods.some(({ kind, livesOn }) => kind !== "phone" && livesOn === "") ? `${t("place")} ` : null}
        {t("note")} <a href="/recover">{t("all")}</a>
      </p>
      <Actions>
        <LinkButton variant="secondary" href="/account/security/stolen">
          {t("stolen")}
        </LinkButton>
        {methods.some(({ kind, retiresAt }) => kind === "phone" && retiresAt === null) ? (
          <LinkButton variant="link" href="/account/security/new-number">
            {t("newNumber")}
          </LinkButton>
        ) : null}
      </Actions>
    </Section>
  );
}
