import { LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { words } from "@/lib/words";

type PasskeyOfferProps = {
  /** Where a passkey is added by hand. */
  href: string;
  /** What the browser may make by itself; undefined where only the link is offered. */
  toMake: unknown;
  action: (form: FormData) => void;
};

/** After a sign-in with password and code: a link to add a passkey, and for a browser that makes one by itself its form. */
export function PasskeyOffer({ href, toMake, action }: PasskeyOfferProps) {
  const t = words("passkeys");
  return (
    <Notice tone="info" isStatus={false} title={t("offer.title")}>
      <p>{t("offer.text")}</p>
      <p>
        <LinkButton variant="link" href={href}>
          {t("offer.link")}
        </LinkButton>
      </p>
      {toMake === undefined ? null : (
        <>
          <Form action={action} hidden data-passkey-upgrade="" data-passkey-options={JSON.stringify(toMake)}>
            <input type="hidden" name="credential" defaultValue="" />
          </Form>
          <script type="module" src="/enhance/passkey-upgrade.js" />
        </>
      )}
    </Notice>
  );
}
