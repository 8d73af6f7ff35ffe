import { TableList } from "@/components/ui/table-list";
import type { Loss } from "@/lib/lockout";
import { type ActiveMethod, describeMethod, methodWords } from "@/lib/methods";
import { listWords, words } from "@/lib/words";

type LockoutTableProps = {
  caption: string;
  losses: readonly Loss[];
  methods: readonly ActiveMethod[];
};

/** The lock-out map: "If you lose this phone … you get in by …, or you are out". */
export function LockoutTable({ caption, losses, methods }: LockoutTableProps) {
  const t = words("lockout");
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
  const label = thing.kind === "recovery-codes" ? "" : (methodOf(methods, thing.methodId)?.label ?? "");
  return (
    <>
      {thingWords(loss, methods)}
      {label === "" ? null : (
        <div className="quiet">
          <bdi>{label}</bdi>
        </div>
      )}
    </>
  );
}

const methodOf = (methods: readonly ActiveMethod[], id: string): ActiveMethod | undefined =>
  methods.find((method) => method.id === id);

const aboutOf = (methods: readonly ActiveMethod[], id: string): string => {
  const method = methodOf(methods, id);
  return method === undefined ? "" : methodWords.about(describeMethod(method));
};

/** The thing that is lost, in a sentence. */
export function thingWords({ thing }: Loss, methods: readonly ActiveMethod[]): string {
  const t = words("lockout");
  if (thing.kind === "recovery-codes") return t("thing.recovery-codes");
  const method = methodOf(methods, thing.methodId);
  const facts = method && describeMethod(method);
  return facts?.kind === "phone"
    ? t("thing.phone", { lastDigits: facts.lastDigits })
    : t("thing.device", { about: aboutOf(methods, thing.methodId) });
}

/** Whoever has ten ways left wants to know that, not to read all of them. */
const waysShown = 2;

/** What is left, the surest first; what only may be left counts where nothing is sure. */
function waysWords({ ways, perhaps, recoveryCodesLeft }: Loss, methods: readonly ActiveMethod[]): string[] {
  const t = words("lockout");
  const all = [
    ...ways.map((id) => aboutOf(methods, id)),
    ...(recoveryCodesLeft === 0 ? [] : [t("codes", { count: recoveryCodesLeft })]),
    ...(ways.length > 0 ? [] : perhaps.map((id) => t("perhaps", { about: aboutOf(methods, id) }))),
  ];
  const more = all.length - waysShown;
  return more > 1 ? [...all.slice(0, waysShown), t("more", { count: more })] : all;
}
