import { notFound } from "next/navigation";
import { LinkButton } from "@/components/ui/button";
import { Mailbox, MailCard, MessageBubble, OutboxBoard, Phone } from "@/components/ui/outbox-message";
import { PageTitle } from "@/components/ui/page-title";
import { Shell } from "@/components/ui/shell";
import { siteName, siteUrl } from "@/lib/kernel/site";
import { numberForReading } from "@/lib/methods";
import { readOutbox } from "@/lib/outbox";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** The phone and the mailbox of the demonstration. Open to everybody, because that is how people get their codes here. */
export default async function OutboxPage() {
  const messages = await readOutbox();
  if (messages === undefined) notFound();
  const t = words("outbox");
  const origin = siteUrl();

  const bubbles = messages.flatMap(({ id, channel, to, at, body }) =>
    channel === "email"
      ? []
      : [
          <MessageBubble
            key={id}
            channel={channel}
            channelLabel={t(`channel.${channel}`)}
            to={numberForReading(to)}
            at={at}
            body={body}
            origin={origin}
          />,
        ],
  );
  const mails = messages.flatMap(({ id, channel, to, at, subject, body }) =>
    channel === "email"
      ? [
          <MailCard
            key={id}
            to={to}
            subject={subject || t("noSubject")}
            at={at}
            body={body}
            origin={origin}
          />,
        ]
      : [],
  );

  return (
    <Shell>
      <PageTitle heading={t("heading")} site={siteName()} lead={<p>{t("lead")}</p>} />
      <p>
        <LinkButton variant="link" href="/outbox">
          {t("again")}
        </LinkButton>
      </p>
      <OutboxBoard>
        <Phone heading={t("phone")} empty={bubbles.length === 0 ? t("phone.empty") : undefined}>
          {bubbles}
        </Phone>
        <Mailbox heading={t("mailbox")} empty={mails.length === 0 ? t("mailbox.empty") : undefined}>
          {mails}
        </Mailbox>
      </OutboxBoard>
    </Shell>
  );
}
