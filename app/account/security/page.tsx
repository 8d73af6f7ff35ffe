import { AccountShell } from "@/components/account/account-shell";
import { DeviceRows } from "@/components/account/device-rows";
import { type MethodLine, MethodRows } from "@/components/account/method-rows";
import { PasskeySignals } from "@/components/account/passkey-signals";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { readCookie, requireFreshProof, visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { type ActiveMethod, describeMethod, methodWords, passkeySignals } from "@/lib/methods";
import { securityOverview } from "@/lib/security";
import { words } from "@/lib/words";
import { askFirstAction, forgetAllDevicesAction, forgetDeviceAction } from "./actions";
import { startAction } from "./setup/actions";

export const dynamic = "force-dynamic";

export default async function SecurityPage() {
  const session = await requireFreshProof();
  const t = words("security");
  const signals = await passkeySignals({ ...session, id: session.accountId });
  return (
    <AccountShell name={session.name} above={<BackLink href="/account/settings">{t("back")}</BackLink>}>
      <PageTitle heading={t("heading")} site={siteName()} />
      {session.twoStepOnAt === null ? <Off /> : <On accountId={session.accountId} />}
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

const lineOf = (method: ActiveMethod, failingIds: readonly string[]): MethodLine => {
  const facts = describeMethod(method);
  return {
    ...method,
    name: methodWords.name(facts),
    about: methodWords.about(facts),
    isFailing: failingIds.includes(method.id),
  };
};

async function On({ accountId }: { accountId: string }) {
  const { now } = await visit();
  const overview = await securityOverview(accountId, await readCookie("devices"), now);
  const t = words("security");
  const { twoStepOnAt, codesLeft, codesMadeAt, codesUnsavedSince, devices } = overview;
  const [first, ...others] = overview.methods.map((method) => lineOf(method, overview.failingIds));
  const broken: MethodLine[] = overview.brokenIds.map((id) => ({
    id,
    name: t("methods.broken"),
    about: t("methods.brokenAbout"),
    lastUsedAt: null,
  }));
  return (
    <>
      <Notice tone="success" isStatus={false} title={t("on")}>
        {twoStepOnAt ? <p>{t("onSince", { at: timeText(twoStepOnAt, "day") })}</p> : null}
      </Notice>
      <Section heading={t("preferred.heading")} lead={t("preferred.lead")}>
        <MethodRows caption={t("preferred.heading")} methods={first ? [first] : []} />
      </Section>
      <Section heading={t("backup.heading")} lead={t("backup.lead")}>
        {others.length === 0 ? <Notice tone="warning">{t("backup.none")}</Notice> : null}
        <MethodRows caption={t("backup.heading")} methods={others} askFirst={askFirstAction} />
        <MethodRows caption={t("methods.broken")} methods={broken} />
        <Actions>
          <LinkButton variant="secondary" href="/account/security/add">
            {t("backup.add")}
          </LinkButton>
        </Actions>
      </Section>
      <Section heading={t("codes.heading")}>
        <p>
          {t("codes.left", { left: codesLeft, total: numbers.recoveryCodes.count })}{" "}
          {codesMadeAt ? t("codes.made", { at: timeText(codesMadeAt, "day") }) : null}
        </p>
        {codesUnsavedSince === null ? null : <Notice tone="warning">{t("codes.unsaved")}</Notice>}
        {codesLeft <= numbers.recoveryCodes.warnAt ? <Notice tone="warning">{t("codes.few")}</Notice> : null}
        <Actions>
          <LinkButton variant="secondary" href="/account/security/recovery-codes">
            {t("codes.new")}
          </LinkButton>
        </Actions>
      </Section>
      <Section heading={t("devices.heading")} lead={t("devices.lead")}>
        <DeviceRows devices={devices} forget={forgetDeviceAction} />
        {devices.length > 0 ? (
          <Form action={forgetAllDevicesAction}>
            <Actions>
              <Button variant="secondary">{t("devices.forgetAll")}</Button>
            </Actions>
          </Form>
        ) : null}
      </Section>
      <Section heading={t("off.heading")} lead={t("off.lead")}>
        <Actions>
          <LinkButton variant="danger" href="/account/security/turn-off">
            {t("off.link")}
          </LinkButton>
        </Actions>
      </Section>
    </>
  );
}
