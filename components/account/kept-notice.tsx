import { Notice } from "@/components/ui/notice";
import { words } from "@/lib/words";

/** Said above a form that is filled in with what was typed before its proof had run out. */
export function KeptNotice() {
  return (
    <Notice tone="info" isStatus>
      <p>{words("actions")("kept")}</p>
    </Notice>
  );
}
