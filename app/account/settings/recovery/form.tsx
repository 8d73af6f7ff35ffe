"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import { words } from "@/lib/words";
import {
  askSecondEmailAction,
  nameContactAction,
  removeContactAction,
  removeSecondEmailAction,
} from "./actions";

type KeptFormProps = {
  site: string;
  /** The second address with its day, where there is one. */
  second: { email: string; line: string } | undefined;
  /** What was typed before the proof had run out. */
  typed: Readonly<Record<string, string>> | undefined;
  contacts: readonly { id: string; email: string; line: string }[];
};

/** The second address and the recovery contacts. */
export function KeptForm({ site, second, contacts, typed }: KeptFormProps) {
  const t = words("recovery");
  const [asked, ask] = useActionState(askSecondEmailAction, undefined);
  const [named, name] = useActionState(nameContactAction, undefined);
  const [removedSecond, removeSecond] = useActionState(removeSecondEmailAction, undefined);
  const [removedContact, removeContact] = useActionState(removeContactAction, undefined);
  const errors = [asked, named, removedSecond, removedContact].flatMap((state) => state?.errors ?? []);
  const isFirst = [asked, named, removedSecond, removedContact].every((state) => state === undefined);
  const filled = typed?.email ?? typed?.contact;
  const said = [...(asked?.said ? [asked.said] : []), ...(named?.said ? [named.said] : [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("kept.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{t("kept.lead")}</p>}
      />
      {isFirst && filled !== undefined ? <KeptNotice /> : null}
      {said.map((sentence) => (
        <Notice key={sentence} tone="success">
          <p>{sentence}</p>
        </Notice>
      ))}
      <Section heading={t("kept.second.heading")} lead={t("kept.second.lead")}>
        {second === undefined ? (
          <Form action={ask}>
            <p>{t("kept.second.none")}</p>
            <EmailField
              label={t("kept.second.label")}
              autoComplete="email"
              defaultValue={asked?.typed ?? typed?.email}
              error={errorOf(errors, "email")}
            />
            <Actions>
              <Button>{t("kept.second.button")}</Button>
            </Actions>
          </Form>
        ) : (
          <Form action={removeSecond}>
            <p>{second.line}</p>
            <Actions>
              <Button variant="removal" about={second.email}>
                {t("kept.second.remove")}
              </Button>
            </Actions>
          </Form>
        )}
      </Section>
      <Section heading={t("kept.contacts.heading")} lead={t("kept.contacts.lead")}>
        {contacts.length === 0 ? null : (
          <ul className="ways" aria-label={t("kept.contacts.list")}>
            {contacts.map((contact) => (
              <li key={contact.id}>
                <Form action={removeContact}>
                  <input type="hidden" name="id" value={contact.id} />
                  <p>
                    <bdi>{contact.email}</bdi>
                    <br />
                    <span className="quiet">{contact.line}</span>
                  </p>
                  <Button variant="removal" about={contact.email}>
                    {t("kept.contacts.remove")}
                  </Button>
                </Form>
              </li>
            ))}
          </ul>
        )}
        <Form action={name}>
          <EmailField
            label={t("kept.contacts.label")}
            name="contact"
            autoComplete="off"
            defaultValue={named?.typed ?? typed?.contact}
            error={errorOf(errors, "contact")}
          />
          <Actions>
            <Button>{t("kept.contacts.button")}</Button>
          </Actions>
        </Form>
      </Section>
    </>
  );
}
