import type { ReactNode } from "react";
import { AccountShell } from "@/components/account/account-shell";
import { LinkButton } from "@/components/ui/button";
import { Details } from "@/components/ui/details";
import { KeyText } from "@/components/ui/key-text";
import { QrCode } from "@/components/ui/qr-code";
import { BackLink } from "@/components/ui/shell";
import { languages, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { countryOfLanguages, entryUri, listCountries } from "@/lib/methods";
import type { SessionRow } from "@/lib/sessions";
import { type SetupView, settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { MethodForms } from "./method-forms";

type MethodPageProps = {
  session: SessionRow;
  view: SetupView;
  heading: string;
  lead: ReactNode;
  step?: number;
  /** Ways that stand before phone and app, and after them. */
  first?: ReactNode;
  last?: ReactNode;
};

/** A page on which a phone or an app is chosen: of the set-up, or to add one more. */
export async function MethodPage({ session, view, heading, lead, step, first, last }: MethodPageProps) {
  const t = words("setup");
  const { app, hasApp, facts } = view;
  const typed = await typedBefore(session, "add-method");
  return (
    <AccountShell session={session} above={<BackLink href={settingsPath}>{t("back")}</BackLink>}>
      <MethodForms
        site={siteName()}
        heading={heading}
        lead={lead}
        step={step}
        first={first}
        last={last}
        countries={listCountries().map(({ code, name, callingCode }) => ({
          value: code,
          label: t("country.option", { name, code: callingCode }),
        }))}
        country={countryOfLanguages(await languages())}
        typed={typed?.number === undefined ? undefined : typed}
        app={{
          isOffered: facts.isOn || !hasApp,
          isOver: app?.triesLeft === 0,
          picture:
            app?.method.kind === "app" ? <AppKey email={session.email} {...app.method.data} /> : undefined,
        }}
      />
    </AccountShell>
  );
}

/** QR code and key of an app that is being set up. */
export function AppKey({ email, secret, tag }: { email: string; secret: string; tag: string }) {
  const t = words("setup");
  const site = siteName();
  const entry = t("app.entry", { site, email, tag });
  const uri = entryUri({ site, email, tag, secret });
  return (
    <>
      <p>{t("app.scan", { entry })}</p>
      <QrCode uri={uri} label={t("app.qr", { tag })} />
      <Details summary={t("app.cannotScan")}>
        <p>{t("app.typeKey", { entry })}</p>
        <KeyText value={secret} />
        <p>
          <LinkButton variant="link" href={uri}>
            {t("app.onThisPhone")}
          </LinkButton>
        </p>
      </Details>
    </>
  );
}
