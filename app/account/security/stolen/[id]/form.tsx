"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { MethodName } from "@/components/account/method-name";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { proveElseAction, suspendAction } from "./actions";
import { boxesField, boxName } from "./boxes";

/** A method in words, with what its owner calls it. */
export type NamedMethod = { readonly id: string; readonly name: string; readonly label: string };

/** One that may be kept there, with why its box is ticked or not. */
export type PerhapsMethod = NamedMethod & { readonly isTicked: boolean; readonly hint: string | undefined };

type StolenFormProps = {
  site: string;
  id: string;
  /** What goes along: the phone or device itself, and what is kept on it. */
  going: readonly NamedMethod[];
  /** What may go along. */
  perhaps: readonly PerhapsMethod[];
  /** What is surely left, in words; empty where only recovery codes are. */
  left: string;
  codesLeft: number;
  /** Until when it can be taken into use again. */
  until: string;
  hurdle: "last" | "prove-another" | "number-changing" | undefined;
  /** The change of a number that this proof is younger than: until when, and whether another proof would do. */
  change: { readonly until: string; readonly isProvable: boolean } | undefined;
  /** What was ticked before the proof had run out is ticked again. */
  isKept: boolean;
  backPath: string;
};

/** Says what suspending a stolen phone means, and does it in one press. */
export function StolenForm({
  site,
  id,
  going,
  perhaps,
  left,
  codesLeft,
  until,
  hurdle,
  change,
  isKept,
  backPath,
}: StolenFormProps) {
  const t = words("stolen");
  const [state, action] = useActionState(suspendAction, undefined);
  const errors = state?.errors ?? [];
  const wanted = hurdle ?? state?.hurdle;
  const changing = wanted === "number-changing" ? change : undefined;
  const isProofWanted = wanted === "prove-another" || changing?.isProvable === true;
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("heading")} site={site} isRefused={errors.length > 0} lead={<p>{t("lead")}</p>} />
      {isKept && state === undefined ? <KeptNotice /> : null}
      <ul>
        {going.map((method) => (
          <li key={method.id}>
            <MethodName {...method} />
          </li>
        ))}
      </ul>
      {hurdle === "last" ? (
        <>
          <Notice tone="danger" title={t("last")}>
            <p>{t("lastText")}</p>
          </Notice>
          <Actions>
            <LinkButton href="/account/security/add">{t("last.add")}</LinkButton>
            <LinkButton variant="secondary" href="/account/security/recovery-codes">
              {t("last.codes")}
            </LinkButton>
          </Actions>
        </>
      ) : null}
      {changing === undefined ? null : (
        <Notice tone="info" title={t("changingTitle")}>
          <p>{t("changingText", { until: changing.until })}</p>
          <p>{t(changing.isProvable ? "changing.prove" : "changing.wait", { until: changing.until })}</p>
        </Notice>
      )}
      {wanted === "prove-another" ? (
        <Notice tone="info" title={t("proveTitle")}>
          <p>{t("proveText")}</p>
        </Notice>
      ) : null}
      {isProofWanted ? (
        <Form action={proveElseAction}>
          <input type="hidden" name="id" value={id} />
          {state === undefined ? null : (
            <>
              <input type="hidden" name={boxesField} value="on" />
              {state.ticked.map((ticked) => (
                <input key={ticked} type="hidden" name={boxName(ticked)} value="on" />
              ))}
            </>
          )}
          <Actions>
            <Button>{t("prove")}</Button>
            <a href={backPath}>{t("cancel")}</a>
          </Actions>
        </Form>
      ) : null}
      {hurdle === undefined ? (
        <Form action={action}>
          <input type="hidden" name="id" value={id} />
          {perhaps.length === 0 ? null : <input type="hidden" name={boxesField} value="on" />}
          {perhaps.map((method) => (
            <Checkbox
              key={method.id}
              label={
                <>
                  {t("also")} <MethodName {...method} />
                </>
              }
              name={boxName(method.id)}
              hint={method.hint}
              defaultChecked={state === undefined ? method.isTicked : state.ticked.includes(method.id)}
            />
          ))}
          {left === "" ? (
            <Notice tone="warning" title={t("onlyCodes")}>
              <p>{t("onlyCodesText", { count: codesLeft })}</p>
            </Notice>
          ) : (
            <p>{t("left", { ways: left })}</p>
          )}
          <Actions>
            <Button variant="danger">{t("submit")}</Button>
            <a href={backPath}>{t("cancel")}</a>
          </Actions>
          <p>{t("means")}</p>
          <ul>
            <li>{t("line1")}</li>
            <li>{t("line2")}</li>
            <li>{t("line3", { until })}</li>
          </ul>
        </Form>
      ) : null}
    </>
  );
}
