import { Notice } from "@/components/ui/notice";
import { timeText } from "@/components/ui/time";
import { words } from "@/lib/words";

/** Why nothing can be taken away here yet: the proof of this session came by a way back in. */
export function HeldNotice({ until }: { until: Date }) {
  const t = words("desk");
  return (
    <Notice tone="warning" title={t("held.title", { until: timeText(until) })}>
      <p>{t("held.text")}</p>
    </Notice>
  );
}
