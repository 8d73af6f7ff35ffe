import type { ReactNode } from "react";
import { signOutAction } from "@/app/account/sign-out/actions";
import { Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Shell } from "@/components/ui/shell";
import { words } from "@/lib/words";

type AccountShellProps = {
  /** The signed-in person. */
  name: string;
  width?: "narrow" | "wide";
  isAccountHome?: boolean;
  above?: ReactNode;
  children: ReactNode;
};

/** What every page of a signed-in person stands in; "Sign out" is on all of them (ASVS 7.4.4). */
export function AccountShell({ name, children, ...shell }: AccountShellProps) {
  const t = words("ui");
  return (
    <Shell
      {...shell}
      person={{ name }}
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
