import { TableList } from "@/components/ui/table-list";
import { type Loss, thingWords, waysWords } from "@/lib/lockout";
import type { ActiveMethod } from "@/lib/methods";
import { listWords, words } from "@/lib/words";

type LockoutTableProps = {
  caption: string;
  losses: readonly Loss[];
  methods: readonly ActiveMethod[];
};

/** The lock-out map: "If you lose this phone … you get in by …, or you are out". */
export function LockoutTable({ caption, losses, methods }: LockoutTableProps) {
  const t = words("lockout");
  if (losses.length === 0) return null;
  return (
    <div className="lockout">
      <TableList
        caption={caption}
        columns={[
          { key: "lost", label: t("column.lost") },
          { key: "ways", label: t("column.ways") },
        ]}
        rows={losses.map((loss) => ({
          id: loss.thing.kind === "recovery-codes" ? loss.thing.kind : loss.thing.methodId,
          cells: {
            lost: <Lost loss={loss} methods={methods} />,
            ways:
              loss.verdict === "out" ? (
                <strong className="is-out">{t("out")}</strong>
              ) : (
                listWords(waysWords(loss, methods), "disjunction")
              ),
          },
        }))}
      />
    </div>
  );
}

function Lost({ loss, methods }: { loss: Loss; methods: readonly ActiveMethod[] }) {
  const { thing } = loss;
  const method =
    thing.kind === "recovery-codes" ? undefined : methods.find(({ id }) => id === thing.methodId);
  const label = method?.label ?? "";
  return (
    <>
      {thingWords(loss, methods)}
      {label === "" ? null : (
        <div className="quiet" dir="auto">
          {label}
        </div>
      )}
    </>
  );
}
