"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { Section } from "@/components/ui/section";
import { words } from "@/lib/words";
import {
  askContactsAction,
  mailCodesAction,
  oldNumberAction,
  proveAction,
  provePasswordAction,
  startAction,
} from "./actions";

type ProofsFormProps = {
  site: string;
  lead: string;
  /** Case number and the like, in one sentence. */
  about: string;
  /** What counts so far. */
  counted: readonly string[];
  /** What it is worth. */
  worth: string;
  /** Whether the password can be shown: it was begun without it. */
  takesPassword: boolean;
};

/** Everything that somebody can show for themselves; the same page for every account. */
export function ProofsForm({ site, lead, about, counted, worth, takesPassword }: ProofsFormProps) {
  const t = words("recovery");
  const [proven, prove] = useActionState(proveAction, undefined);
  const [known, provePassword] = useActionState(provePasswordAction, undefined);
  const [mailed, mailCodes] = useActionState(mailCodesAction, undefined);
  const [texted, text] = useActionState(oldNumberAction, undefined);
  const [asked, ask] = useActionState(askContactsAction, undefined);
  const [started, start] = useActionState(startAction, undefined);
  const states = [proven, known, mailed, texted, asked, started];
  const errors = states.flatMap((state) => state?.errors ?? []);
  const said = states.flatMap((state) => state?.said ?? []);
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("proofs.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <>
            <p>{lead}</p>
            <p>{about}</p>
          </>
        }
      />
      {said.map((sentence) => (
        <Notice key={sentence} tone="success">
          <p>{sentence}</p>
        </Notice>
      ))}
      <Section heading={t("proofs.so.heading")}>
        <ul>
          {counted.map((kind) => (
            <li key={kind}>{kind}</li>
          ))}
        </ul>
        <p>
          <strong>{worth}</strong>
        </p>
      </Section>
      <Section heading={t("proofs.code.heading")} lead={t("proofs.code.lead")}>
        <Form action={prove}>
          <CodeField label={t("proofs.code.label")} kind="recovery" error={errorOf(errors, "code")} />
          <Actions>
            <Button variant="secondary">{t("proofs.code.button")}</Button>
          </Actions>
        </Form>
      </Section>
      {takesPassword ? (
        <Section heading={t("proofs.password.heading")} lead={t("proofs.password.lead")}>
          <Form action={provePassword}>
            <PasswordField
              label={t("proofs.password.label")}
              name="password"
              autoComplete="current-password"
              error={errorOf(errors, "password")}
            />
            <Actions>
              <Button variant="secondary">{t("proofs.password.button")}</Button>
            </Actions>
          </Form>
        </Section>
      ) : null}
      <Section heading={t("proofs.mail.heading")} lead={t("proofs.mail.lead")}>
        <Form action={mailCodes}>
          <Actions>
            <Button variant="secondary">{t("proofs.mail.button")}</Button>
          </Actions>
        </Form>
      </Section>
      <Section heading={t("proofs.contact.heading")} lead={t("proofs.contact.lead")}>
        <Form action={ask}>
          <Actions>
            <Button variant="secondary">{t("proofs.contact.button")}</Button>
          </Actions>
        </Form>
      </Section>
      <Section heading={t("proofs.number.heading")} lead={t("proofs.number.lead")}>
        <Form action={text}>
          <Field
            label={t("proofs.number.label")}
            name="number"
            type="tel"
            autoComplete="off"
            hint={t("proofs.number.hint")}
            error={errorOf(errors, "number")}
          />
          <Actions>
            <Button variant="secondary">{t("proofs.number.button")}</Button>
          </Actions>
        </Form>
      </Section>
      <Section heading={t("proofs.start.heading")} lead={t("proofs.start.lead")}>
        <Form action={start}>
          <Actions>
            <Button>{t("proofs.start.button")}</Button>
          </Actions>
        </Form>
      </Section>
    </>
  );
}
