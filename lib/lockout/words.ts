import { type ActiveMethod, describeMethod, methodWords } from "@/lib/methods";
import { words } from "@/lib/words";
import type { Loss } from "./rules";

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
export function waysWords(
  { ways, perhaps, recoveryCodesLeft }: Loss,
  methods: readonly ActiveMethod[],
): string[] {
  const t = words("lockout");
  // Words are made for what is shown alone: ten methods have a hundred ways to each other.
  const all = [
    ...ways.map((id) => () => aboutOf(methods, id)),
    ...(recoveryCodesLeft === 0 ? [] : [() => t("codes", { count: recoveryCodesLeft })]),
    ...(ways.length > 0 ? [] : perhaps.map((id) => () => perhapsWords(id, methods))),
  ];
  const more = all.length - waysShown;
  const shown = (more > 1 ? all.slice(0, waysShown) : all).map((say) => say());
  return more > 1 ? [...shown, t("more", { count: more })] : shown;
}

/** A way that may be left: until it goes by itself, or unless it was kept on the same thing. */
function perhapsWords(id: string, methods: readonly ActiveMethod[]): string {
  const t = words("lockout");
  const about = aboutOf(methods, id);
  const retiresAt = methodOf(methods, id)?.retiresAt ?? null;
  return retiresAt === null ? t("perhaps", { about }) : t("until", { about, at: retiresAt });
}
