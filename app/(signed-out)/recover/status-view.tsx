import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { SummaryList } from "@/components/ui/summary-list";
import { timeText } from "@/components/ui/time";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import type { Recovery } from "@/lib/recovery";
import { words } from "@/lib/words";
import { FinishForm, type FinishState } from "./finish-form";
import { waitText } from "./wait-words";

type StatusViewProps = {
  recovery: Recovery;
  /** Whether it was begun in this browser. */
  isHere: boolean;
  stop: () => Promise<void>;
  finish: (state: FinishState, form: FormData) => Promise<FinishState>;
  /** In the browser that began it: mails the code that finishes it. */
  mailCode?: () => Promise<FinishState>;
  /** Whether a mailed code was chosen instead of the password. */
  isByCode?: boolean;
  /** Takes on what the desk began. */
  goOn?: () => Promise<void>;
};

/** Where a recovery stands: the same in the browser that began it and by the link of a mail. */
export function StatusView({
  recovery,
  isHere,
  stop,
  finish,
  mailCode,
  isByCode = false,
  goOn,
}: StatusViewProps) {
  const t = words("recovery");
  const { state } = recovery;
  const isUnderWay = state === "unnoticed" || state === "waiting" || state === "ready";
  const canFinish = state === "ready" && (isHere || recovery.isOpenElsewhere);
  const takesCode = isHere && (isByCode || !recovery.takesPassword);
  return (
    <>
      {canFinish ? (
        <FinishForm
          site={siteName()}
          heading={t("status.heading")}
          passwordHint={takesCode ? undefined : isHere ? t("finish.currentHere") : t("finish.currentHint")}
          codePage={isHere && !takesCode ? "/recover/status?by=mail" : undefined}
          mailCode={takesCode ? mailCode : undefined}
          hint={words("account")("password.newHint", { least: numbers.password.minCharacters })}
          neither={
            isHere
              ? t("finish.neither", {
                  password: recovery.takesPassword ? "yes" : "no",
                  until: timeText(recovery.expiresAt),
                })
              : undefined
          }
          action={finish}
        >
          <StateNotice recovery={recovery} isHere={isHere} />
        </FinishForm>
      ) : (
        <>
          <PageTitle heading={t("status.heading")} site={siteName()} />
          <StateNotice recovery={recovery} isHere={isHere} />
        </>
      )}
      {state === "ready" && !canFinish ? <Notice tone="warning">{t("finish.elsewhere")}</Notice> : null}
      {state === "collecting" && recovery.isUnclaimed && goOn !== undefined ? (
        <Form action={goOn}>
          <p>{t("status.goOn.lead")}</p>
          <Actions>
            <Button isWide>{t("status.goOn.button")}</Button>
          </Actions>
        </Form>
      ) : null}
      <Facts recovery={recovery} />
      {isUnderWay ? (
        <Form action={stop}>
          <Actions>
            <Button variant="secondary">{isHere ? t("stop.own") : t("stop.button")}</Button>
          </Actions>
        </Form>
      ) : null}
      {isUnderWay || state === "collecting" ? null : (
        <ul className="links">
          <li>
            <a href="/sign-in">{t("status.signIn")}</a>
          </li>
          {state === "finished" ? null : (
            <li>
              <a href="/recover">{t("status.again")}</a>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function StateNotice({
  recovery: { state, readyAt, isUnclaimed, takesPassword },
  isHere,
}: {
  recovery: Recovery;
  isHere: boolean;
}) {
  const t = words("recovery");
  switch (state) {
    case "collecting":
      return isUnclaimed ? null : <Notice>{t("status.collecting")}</Notice>;
    case "unnoticed":
      return (
        <Notice title={t("status.unnoticed.title")}>
          <p>{t("status.unnoticed.text")}</p>
        </Notice>
      );
    case "waiting":
      return (
        <Notice title={t("status.waiting.title", { at: readyAt === null ? "" : timeText(readyAt) })}>
          <p>{t("status.waiting.text")}</p>
          {isHere ? <p>{t("status.waiting.end", { password: takesPassword ? "yes" : "no" })}</p> : null}
        </Notice>
      );
    case "ready":
      return (
        <Notice tone="success" isStatus={false} title={t("status.ready.title")}>
          <p>{t("status.ready.text")}</p>
        </Notice>
      );
    default:
      return <Notice>{t(`status.ended.${state}`)}</Notice>;
  }
}

function Facts({ recovery }: { recovery: Recovery }) {
  const t = words("recovery");
  const { caseNumber, startedAt, wait, readyAt, state, expiresAt, verdict } = recovery;
  return (
    <SummaryList
      rows={[
        { term: t("status.case"), value: caseNumber },
        ...(startedAt === null ? [] : [{ term: t("status.started"), value: timeText(startedAt) }]),
        ...(wait === null ? [] : [{ term: t("status.wait"), value: waitText(wait) }]),
        ...(readyAt === null ? [] : [{ term: t("status.ready"), value: timeText(readyAt) }]),
        ...(state === "ready" ? [{ term: t("status.until"), value: timeText(expiresAt) }] : []),
        {
          term: t("status.shown"),
          value: (
            <ul>
              {verdict.counted.map((kind) => (
                <li key={kind}>{t(`kind.${kind}`)}</li>
              ))}
            </ul>
          ),
        },
      ]}
    />
  );
}
