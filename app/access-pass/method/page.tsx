import { Shell } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { languages } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { countryOfLanguages, listCountries } from "@/lib/methods";
import { words } from "@/lib/words";
import { MethodForms } from "../../account/security/setup/method-forms";
import { AppKey } from "../../account/security/setup/method-page";
import { appByPassAction, beginAppByPassAction, phoneByPassAction } from "../actions";
import { requirePass } from "../opened";

export const dynamic = "force-dynamic";

/** One new way to get codes, by an opened access pass; nothing of the account stands here. */
export default async function PassMethodPage() {
  const { app, email, until } = await requirePass();
  const t = words("desk");
  return (
    <Shell>
      <MethodForms
        site={siteName()}
        heading={t("method.heading")}
        lead={t("method.lead", { until: timeText(until, "clock") })}
        countries={listCountries().map(({ code, name, callingCode }) => ({
          value: code,
          label: words("setup")("country.option", { name, code: callingCode }),
        }))}
        country={countryOfLanguages(await languages())}
        app={{
          isOffered: true,
          isOver: app?.triesLeft === 0,
          picture: app?.method.kind === "app" ? <AppKey email={email} {...app.method.data} /> : undefined,
        }}
        acts={{ phone: phoneByPassAction, app: appByPassAction, beginApp: beginAppByPassAction }}
      />
    </Shell>
  );
}
