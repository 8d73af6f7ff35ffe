"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { type Option, SelectField } from "@/components/ui/select-field";
import { numbers } from "@/lib/kernel/numbers";
import { words } from "@/lib/words";
import { nameAction } from "./actions";

type NameFormProps = {
  site: string;
  id: string;
  name: string;
  label: string;
  /** Where it can be said to be kept; none for a phone, which is a thing itself. */
  places: readonly Option[] | undefined;
  place: string;
  /** What was typed before the proof had run out. */
  typed: Readonly<Record<string, string>> | undefined;
  backPath: string;
};

/** What a method is called, and where it is kept. */
export function NameForm({ site, id, name, label, places, place, typed, backPath }: NameFormProps) {
  const t = words("security");
  const [state, action] = useActionState(nameAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("name.heading")} site={site} isRefused={errors.length > 0} lead={<p>{name}</p>} />
      {typed === undefined || state !== undefined ? null : <KeptNotice />}
      <Form action={action}>
        <input type="hidden" name="id" value={id} />
        <Field
          label={t("name.field")}
          name="label"
          dir="auto"
          isOptional
          autoComplete="off"
          hint={t("name.hint", { max: numbers.fields.labelCharacters })}
          error={errorOf(errors, "label")}
          defaultValue={state?.label ?? typed?.label ?? label}
        />
        {places === undefined ? null : (
          <SelectField
            label={t("name.place")}
            name="place"
            isOptional
            options={places}
            hint={t("name.placeHint")}
            error={errorOf(errors, "place")}
            defaultValue={state?.place ?? typed?.place ?? place}
          />
        )}
        <Actions>
          <Button>{t("name.submit")}</Button>
          <a href={backPath}>{t("name.back")}</a>
        </Actions>
      </Form>
    </>
  );
}
