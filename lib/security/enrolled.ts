import "server-only";
import { type Enrolled, placeOf } from "@/lib/lockout";
import { type ActiveMethod, describeMethod } from "@/lib/methods";

/** What the lock-out map is drawn from. */
export function enrolledOf(methods: readonly ActiveMethod[], recoveryCodesLeft: number): Enrolled {
  const isPhone = (method: ActiveMethod): boolean => describeMethod(method).kind === "phone";
  const phoneIds = methods.filter(isPhone).map(({ id }) => id);
  return {
    methods: methods.map((method) => ({
      id: method.id,
      isPhone: isPhone(method),
      place: placeOf(method.livesOn, phoneIds),
      isRetiring: method.retiresAt !== null,
    })),
    recoveryCodesLeft,
  };
}
