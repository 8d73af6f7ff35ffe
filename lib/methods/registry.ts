import { app } from "./app";
import type { AnyMethod } from "./method";
import { passkey } from "./passkey";
import { phone } from "./phone";
import { recoveryCodes } from "./recovery-codes";

/** Every way to get a code, under the name that a row's `kind` holds. The only list of them. */
export const methods = {
  phone,
  app,
  passkey,
  "recovery-codes": recoveryCodes,
} as const satisfies Record<string, AnyMethod>;

export type MethodKind = keyof typeof methods;

/** Whether text from a row or a form names a method of the list. */
export const isMethodKind = (text: string): text is MethodKind => Object.hasOwn(methods, text);

/** The methods that have data of their own in a row, with the shape of it. */
export type MethodData = {
  [Kind in MethodKind]: {
    readonly kind: Kind;
    readonly data: (typeof methods)[Kind] extends { readonly data: { readonly _output: infer Data } }
      ? Data
      : never;
  };
}[MethodKind];
