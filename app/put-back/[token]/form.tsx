"use client";

import { useActionState } from "react";
import { Message } from "@/components/account/message";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import type { DeadReason } from "@/lib/undo";
import { words } from "@/lib/words";
import type { PutBackState } from "./words";

/** A removed method, masked, and what its button says. */
export type RemovedWay = { id: string; name: string; button: string };

type Act = (state: PutBackState, form: FormData) => Promise<PutBackState>;

type PutBackFormProps = {
  site: string;
  /** What was removed, when, and until when it can be put back. */
  lead: string;
  /** What shows that it is theirs, before the ways. */
  which: string;
  /** Which code to type, and what became of it, or what the browser's dialog is asked; none before a way was chosen. */
  asked:
    | {
        id: string;
        name: string;
        where: string;
        line: string | undefined;
        again?: string;
        passkeyOptions?: unknown;
        /** Whether the password is asked beside it. */
        hasPassword: boolean;
      }
    | undefined;
  /** The ways that were not chosen. */
  ways: readonly RemovedWay[];
  /** Why no answer is taken, for the time being or at all. */
  halt: string | undefined;
  choose: Act;
  putBack: Act;
};

/** Puts back what was removed, by a code of it. */
export function PutBackForm({ site, lead, which, asked, ways, halt, choose, putBack }: PutBackFormProps) {
  const t = words("undo");
  const [chosen, dispatchChoose] = useActionState(choose, undefined);
  const [answered, dispatch] = useActionState(putBack, undefined);
  const dead = chosen?.dead ?? answered?.dead;
  if (dead !== undefined) return <DeadWayBack site={site} problem={dead} />;
  const errors = [...(chosen?.errors ?? []), ...(answered?.errors ?? [])];
  const isAsked = asked !== undefined && halt === undefined;
  const password = <PasswordField label={t("password")} name="password" autoComplete="current-password" />;
  return (
    <>
      <ErrorSummary
        errors={
          isAsked && asked.passkeyOptions === undefined ? errors : errors.map(({ message }) => ({ message }))
        }
      />
      <PageTitle
        heading={t("heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <>
            <p>{lead}</p>
            <p>{t("effects")}</p>
          </>
        }
      />
      {halt === undefined ? <p>{which}</p> : <Notice tone="warning">{halt}</Notice>}
      {isAsked ? (
        <>
          <div>
            <p>
              <strong>{asked.name}</strong>
            </p>
            {asked.line === undefined ? null : <p role="status">{asked.line}</p>}
          </div>
          {asked.passkeyOptions === undefined ? (
            <Form action={dispatch}>
              {asked.hasPassword ? password : null}
              <CodeField
                label={t("code")}
                hint={asked.where}
                error={errorOf(errors, "code")}
                hasFocus={errors.length === 0}
              />
              <Actions>
                <Button isWide>{t("submit")}</Button>
              </Actions>
            </Form>
          ) : (
            <PasskeyBlock
              what="use"
              action={dispatch}
              options={asked.passkeyOptions}
              submit={t("submit")}
              isWide
            >
              {asked.hasPassword ? password : null}
            </PasskeyBlock>
          )}
          {asked.again === undefined ? null : (
            <Form action={dispatchChoose}>
              <input type="hidden" name="id" value={asked.id} />
              <Actions>
                <Button variant="secondary" isWide>
                  {asked.again}
                </Button>
              </Actions>
            </Form>
          )}
        </>
      ) : null}
      {halt !== undefined || ways.length === 0 ? null : (
        <>
          {isAsked ? <h2>{t("other")}</h2> : null}
          <ul className="ways">
            {ways.map((way) => (
              <li key={way.id}>
                <Form action={dispatchChoose}>
                  <input type="hidden" name="id" value={way.id} />
                  <p id={`way-${way.id}`}>{way.name}</p>
                  <Button variant="secondary" aria-describedby={`way-${way.id}`}>
                    {way.button}
                  </Button>
                </Form>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Why a link puts nothing back, and what to do instead. */
export function DeadWayBack({ site, problem }: { site: string; problem: DeadReason }) {
  const t = words("undo");
  return (
    <Message
      heading={t(`dead.${problem}.heading`)}
      site={site}
      paragraphs={[t(`dead.${problem}.text`)]}
      links={[
        { href: "/forgot-password", label: t("done.password") },
        { href: "/account", label: t("dead.account") },
      ]}
    />
  );
}
