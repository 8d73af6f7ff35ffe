import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { PassForm } from "./form";

export const dynamic = "force-dynamic";

/** "Use an access pass": for whoever two agents of the support desk agreed to help. */
export default function AccessPassPage() {
  return (
    <Shell width="narrow">
      <PassForm site={siteName()} />
    </Shell>
  );
}
