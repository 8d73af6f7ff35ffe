import type { FormError } from "@/components/ui/error-summary";
import { untilText } from "@/components/ui/time";
import { endOfSignIn, type LeadOn, type Posted, type Refused } from "@/lib/auth/posts";
import { comparedPasswordField, lineOf, parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { type BeginReason, begin } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";

export type SignInRefusal = { readonly errors: readonly FormError[]; readonly email: string };

const shape = {
  email: lineOf({
    max: numbers.fields.emailCharacters,
    missing: "error.email-missing",
    tooLong: "error.email-too-long",
    malformed: "error.email-malformed",
  }),
  password: comparedPasswordField({
    missing: "error.password-missing",
    malformed: "error.password-malformed",
    wrong: "error.wrong-password",
  }),
};

const reasonKeys = {
  "wrong-password": "error.wrong-password",
  limit: "error.limit",
  busy: "error.busy",
} satisfies Record<BeginReason, Key<"signIn">>;

/** The first post of a sign-in. Right without a second step: Your Account. Right with one: its page, code on its way. */
export async function signInPost({ form, visit, cookie }: Posted): Promise<LeadOn | Refused<SignInRefusal>> {
  const t = words("signIn");
  const parsed = parseForm(form, shape);
  if (!parsed.ok) {
    const errors = Object.entries(parsed.errors).map(([field, key]) => ({
      field,
      message: t(key as Key<"signIn">),
    }));
    return { refusal: { errors, email: typed(form, "email") } };
  }

  const cookies = { devices: cookie("devices"), session: cookie("session") };
  const begun = await begin(parsed.data, cookies, visit);
  if (!begun.ok) {
    const message = t(reasonKeys[begun.reason], { at: untilText(begun.details?.retryAt) });
    return { refusal: { errors: [{ field: "email", message }], email: parsed.data.email } };
  }
  if (begun.value.kind === "asked")
    return { leadTo: "/sign-in/two-step", cookies: [{ name: "attempt", value: begun.value.attemptToken }] };
  return endOfSignIn(begun.value, cookie("asked-for"));
}
