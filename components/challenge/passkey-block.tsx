import type { ReactNode } from "react";
import { Actions, Button, type ButtonVariant } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { words } from "@/lib/words";

type PasskeyBlockProps = {
  /** Use one, make one, or go to where one is made. */
  what: "use" | "make" | "choose";
  action: (form: FormData) => void;
  submit: string;
  variant?: ButtonVariant;
  isWide?: boolean;
  /** What the browser's dialog is asked; none where it is not opened. */
  options?: unknown;
  /** On the sign-in page: for how many milliseconds the challenge is good, which the field "E-mail" offers too. */
  lives?: number;
  /** A credential that was just used here and is not known here. */
  unknownCredential?: string;
  /** Where passkeys are one way of several nothing is there, not even a sentence, until this browser can use them. */
  isQuiet?: boolean;
  /** Between the form's beginning and its button. */
  children?: ReactNode;
};

const said = {
  use: { cancelled: "said.cancelled", failed: "said.failed" },
  make: { cancelled: "said.cancelled", known: "said.known", failed: "said.failed" },
  choose: {},
} as const;

/**
 * The one form for every challenge that is a passkey. It is hidden until our module finds that this browser can use
 * passkeys; without it a sentence says why the form is not there.
 */
export function PasskeyBlock({
  what,
  action,
  submit,
  variant,
  isWide,
  options,
  lives,
  unknownCredential,
  isQuiet = false,
  children,
}: PasskeyBlockProps) {
  const t = words("passkeys");
  return (
    <div className="passkey" data-passkey={what} hidden={isQuiet}>
      {isQuiet ? null : (
        <>
          <div className="passkey-needs" data-passkey-needs="">
            <Notice tone="warning">
              <p>{t("needs.script")}</p>
            </Notice>
          </div>
          <div data-passkey-unable="" hidden>
            <Notice tone="warning">
              <p>{t("needs.webAuthn")}</p>
            </Notice>
          </div>
        </>
      )}
      <Form
        action={action}
        hidden
        data-passkey-options={options === undefined ? undefined : JSON.stringify(options)}
        data-passkey-lives={lives}
        data-passkey-unknown={unknownCredential}
      >
        {what === "choose" ? null : <input type="hidden" name="credential" defaultValue="" />}
        {children}
        <Actions>
          <Button variant={variant} isWide={isWide}>
            {submit}
          </Button>
        </Actions>
        {Object.entries(said[what]).map(([name, key]) => (
          <p key={name} role="alert" data-passkey-said={name} hidden>
            {t(key)}
          </p>
        ))}
      </Form>
      <script type="module" src={what === "use" ? "/enhance/passkey.js" : "/enhance/passkey-new.js"} />
    </div>
  );
}
