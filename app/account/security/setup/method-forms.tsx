"use client";

import { type ReactNode, useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { PhoneFields } from "@/components/account/phone-fields";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import type { Option } from "@/components/ui/select-field";
import { Steps } from "@/components/ui/steps";
import { words } from "@/lib/words";
import { appAction, beginAppAction, phoneAction, type SetupState } from "./actions";

type Act = (state: SetupState, form: FormData) => Promise<SetupState>;

type MethodFormsProps = {
  /** What the buttons do, where that is not the set-up of a signed-in person. */
  acts?: { readonly phone: Act; readonly app: Act; readonly beginApp: () => Promise<void> };
  site: string;
  heading: string;
  lead: ReactNode;
  /** Of the three steps of the set-up; none when one more method is added. */
  step?: number;
  /** A way that stands before phone and app. */
  first?: ReactNode;
  /** A way that stands after them. */
  last?: ReactNode;
  countries: readonly Option[];
  country: string;
  /** What was typed before the proof had run out. */
  typed?: Readonly<Record<string, string>>;
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
  first,
  last,
  countries,
  country,
  typed,
  app,
  acts = { phone: phoneAction, app: appAction, beginApp: beginAppAction },
}: MethodFormsProps) {
  const t = words("setup");
  const [answered, phoneDispatch] = useActionState(acts.phone, undefined);
  const [code, codeDispatch] = useActionState(acts.app, undefined);
  const phone = answered ?? typed;
  const errors = [...(answered?.errors ?? []), ...(code?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={heading}
        site={site}
        isRefused={errors.length > 0}
        lead={lead}
        above={step === undefined ? undefined : <Steps current={step} total={3} />}
      />
      {typed === undefined || answered !== undefined || code !== undefined ? null : <KeptNotice />}
      {first}
      <Section heading={t("phone.title")} lead={t("phone.lead")}>
        <Form action={phoneDispatch}>
          <PhoneFields typed={phone} countries={countries} country={country} errors={errors} />
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
            <Form action={acts.beginApp}>
              <p id="app-code">{t("app.beginLead")}</p>
              <Actions>
                <Button>{t(app.isOver ? "app.beginAgain" : "app.begin")}</Button>
              </Actions>
            </Form>
          )}
        </Section>
      ) : null}
      {last}
    </>
  );
}
