import type { ReactNode } from "react";
import { signOutAction } from "@/app/account/sign-out/actions";
import { Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { Shell } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { words } from "@/lib/words";

/** What the shell says of whoever is signed in, as the guard of the page gave it. */
export type SignedIn = { readonly name: string; readonly recoveryStartedAt: Date | null };

type AccountShellProps = {
  session: SignedIn;
  width?: "narrow" | "wide";
  isAccountHome?: boolean;
  /** The page itself tells of a recovery that waits. */
  isAboutRecovery?: boolean;
  above?: ReactNode;
  children: ReactNode;
};

/**
 * What every page of a signed-in person stands in; "Sign out" is on all of them (ASVS 7.4.4), and while somebody
 * recovers the account, the way to stop that.
 */
export function AccountShell({
  session,
  children,
  above,
  isAboutRecovery = false,
  ...shell
}: AccountShellProps) {
  const startedAt = isAboutRecovery ? null : session.recoveryStartedAt;
  const t = words("ui");
  return (
    <Shell
      {...shell}
      above={
        <>
          {startedAt === null ? null : <RecoveryBanner startedAt={startedAt} />}
          {above}
        </>
      }
      person={session}
      signOut={
        <Form action={signOutAction} isInline>
          <Button variant="link">{t("nav.signOut")}</Button>
        </Form>
      }
    >
      {children}
    </Shell>
  );
}

function RecoveryBanner({ startedAt }: { startedAt: Date }) {
  const t = words("recovery");
  return (
    <Notice tone="danger" title={t("banner.title")}>
      <p>{t("banner.text", { at: timeText(startedAt) })}</p>
      <p>
        <LinkButton variant="link" href="/account/recovery">
          {t("banner.link")}
        </LinkButton>
      </p>
    </Notice>
  );
}
