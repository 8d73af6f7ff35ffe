"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { RadioGroup } from "@/components/ui/radio-group";
import { Section } from "@/components/ui/section";
import { type Option, SelectField } from "@/components/ui/select-field";
import { Steps } from "@/components/ui/steps";
import { words } from "@/lib/words";
import { appAction, beginAppAction, phoneAction } from "./actions";

type MethodFormsProps = {
  site: string;
  heading: string;
  lead: ReactNode;
  /** Of the three steps of the set-up; none when one more method is added. */
  step?: number;
  countries: readonly Option[];
  country: string;
  /** What was typed before the proof ran out. */
  before: { readonly number?: string; readonly channel?: string };
  app: {
    /** The app cannot be chosen here: it is the first method already. */
    isOffered: boolean;
    /** QR code and key; undefined until somebody asks for them. */
    picture?: ReactNode;
    /** The key was guessed at too often and must be made anew. */
    isOver: boolean;
  };
};

/** A phone or an app: the two ways to get codes, for the first, the backup and every further method. */
export function MethodForms({
  site,
  heading,
  lead,
  step,
  countries,
  country,
  before,
  app,
}: MethodFormsProps) {
  const t = words("setup");
  const [phone, phoneDispatch] = useActionState(phoneAction, undefined);
  const [code, codeDispatch] = useActionState(appAction, undefined);
  const errors = [...(phone?.errors ?? []), ...(code?.errors ?? [])];
  return (
    <>
      <PageTitle
        heading={heading}
        site={site}
        isRefused={errors.length > 0}
        lead={lead}
        above={step === undefined ? undefined : <Steps current={step} total={3} />}
      />
      <ErrorSummary errors={errors} />
      <Section heading={t("phone.title")} lead={t("phone.lead")}>
        <Form action={phoneDispatch}>
          <SelectField
            label={t("phone.country")}
            name="country"
            autoComplete="country"
            options={countries}
            defaultValue={phone?.country || country}
            error={errorOf(errors, "country")}
          />
          <Field
            label={t("phone.number")}
            name="number"
            type="tel"
            autoComplete="tel"
            hint={t("phone.numberHint")}
            defaultValue={phone?.number ?? before.number}
            error={errorOf(errors, "number")}
          />
          <RadioGroup
            legend={t("phone.channel")}
            name="channel"
            defaultValue={phone?.channel ?? (before.channel || "text")}
            error={errorOf(errors, "channel")}
            options={[
              { value: "text", label: t("phone.text"), hint: t("phone.textHint") },
              { value: "voice", label: t("phone.voice"), hint: t("phone.voiceHint") },
            ]}
          />
          <p className="quiet">{t("phone.privacy")}</p>
          <Actions>
            <Button>{t("phone.submit")}</Button>
          </Actions>
        </Form>
      </Section>
      {app.isOffered ? (
        <Section heading={t("app.title")} lead={t("app.recommended")}>
          {app.picture !== undefined && !app.isOver ? (
            <>
              {app.picture}
              <Form action={codeDispatch}>
                <CodeField
                  label={t("app.code")}
                  id="app-code"
                  hint={t("app.codeHint")}
                  error={errorOf(errors, "app-code")}
                />
                <Actions>
                  <Button>{t("app.submit")}</Button>
                </Actions>
              </Form>
            </>
          ) : (
            <Form action={beginAppAction}>
              <p id="app-code">{t("app.beginLead")}</p>
              <Actions>
                <Button>{t(app.isOver ? "app.beginAgain" : "app.begin")}</Button>
              </Actions>
            </Form>
          )}
        </Section>
      ) : null}
    </>
  );
}
