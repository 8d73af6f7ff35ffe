"use client";

import { useActionState } from "react";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { CodeField, whichCodeId } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { beginTrialAction, tryCodesAction } from "./actions";

type TryCodesFormProps = {
  site: string;
  /** The code that is asked, by its number, and the places of its characters; none before it began. */
  asked: { number: number; places: readonly number[] } | undefined;
  isOver: boolean;
  backPath: string;
};

/** Tries the recovery codes by three characters of one of them. */
export function TryCodesForm({ site, asked, isOver, backPath }: TryCodesFormProps) {
  const t = words("trial");
  const [state, dispatch] = useActionState(tryCodesAction, undefined);
  const errors = state?.errors ?? [];
  if (state?.isProven)
    return (
      <>
        <PageTitle heading={t("works.heading")} site={site} />
        <Notice tone="success">
          <p>{t("works.codes")}</p>
        </Notice>
        <Actions>
          <LinkButton href={backPath}>{t("works.link")}</LinkButton>
        </Actions>
      </>
    );
  const [first = 1, second = 2, third = 3] = asked?.places ?? [];
  return (
    <>
      <ErrorSummary errors={isOver ? errors.map(({ message }) => ({ message })) : errors} />
      <PageTitle
        heading={t("codes.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <p id={whichCodeId}>
            {asked === undefined ? t("codes.lead") : t("codes.asked", { number: asked.number })}
          </p>
        }
      />
      {isOver ? <Notice tone="warning">{t("over")}</Notice> : null}
      {asked === undefined ? (
        <Form action={beginTrialAction}>
          <Actions>
            <Button isWide>{t("codes.begin")}</Button>
          </Actions>
        </Form>
      ) : null}
      {asked === undefined || isOver ? null : (
        <Form action={dispatch}>
          <CodeField
            label={t("codes.field", { first, second, third })}
            hint={t("codes.hint")}
            kind="recovery"
            error={errorOf(errors, "code")}
            hasFocus={errors.length === 0}
            isWhichSaid
          />
          <Actions>
            <Button isWide>{t("submit")}</Button>
          </Actions>
        </Form>
      )}
    </>
  );
}
