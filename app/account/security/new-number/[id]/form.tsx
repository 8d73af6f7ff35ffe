"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { PhoneFields } from "@/components/account/phone-fields";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import type { Option } from "@/components/ui/select-field";
import { words } from "@/lib/words";
import { beginNewNumberAction } from "./actions";

type NewNumberFormProps = {
  site: string;
  /** The number that will change. */
  id: string;
  lastDigits: string;
  countries: readonly Option[];
  country: string;
  /** What was typed before the proof had run out. */
  typed?: Readonly<Record<string, string>>;
};

/** The number that somebody will have, in place of one that they have. */
export function NewNumberForm({ site, id, lastDigits, countries, country, typed }: NewNumberFormProps) {
  const t = words("newNumber");
  const [state, action] = useActionState(beginNewNumberAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{t("lead", { lastDigits })}</p>}
      />
      {typed === undefined || state !== undefined ? null : <KeptNotice />}
      <ul>
        <li>{t("line1")}</li>
        <li>{t("line2", { lastDigits })}</li>
        <li>{t("line3")}</li>
      </ul>
      <h2>{t("form")}</h2>
      <Form action={action}>
        <input type="hidden" name="id" value={id} />
        <PhoneFields typed={state ?? typed} countries={countries} country={country} errors={errors} />
        <Actions>
          <Button isWide>{words("setup")("phone.submit")}</Button>
        </Actions>
      </Form>
      <p className="quiet">{t("other")}</p>
    </>
  );
}
