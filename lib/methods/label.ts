import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";

/** Why a name for a method was not taken. */
export type LabelReason = "label-too-long";

// What turns the direction of what stands around it, hides in it, or breaks the line: none of it belongs in a name.
// U+200C and U+200D stay, because Persian, Hindi and families of emoji are written with them.
const unseen =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/gu;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** No letter of any script carries more marks than a few; a tower of them covers the lines above and below. */
const marksOfOne = 4;

/**
 * Reads the name that a person gives a method: one line, without control and direction characters, as composed as it
 * can be, and with no more marks on a letter than a script needs. Empty takes the name away.
 *
 * Refused when it has more characters than a name may, counted as a person counts them: a flag is one.
 */
export function readLabel(text: string): Result<string, LabelReason> {
  const label = text
    .replace(/\s+/gu, " ")
    .replace(unseen, "")
    .normalize("NFC")
    .replace(new RegExp(`(\\p{M}{${marksOfOne}})\\p{M}+`, "gu"), "$1")
    .replace(/ {2,}/g, " ")
    .trim();
  const { labelCharacters, labelUnits } = numbers.fields;
  if (label.length > labelUnits) return refuse("label-too-long");
  let count = 0;
  for (const _ of graphemes.segment(label)) count += 1;
  // Joiners alone are nothing that anybody sees.
  if (label.replace(/\s|\u200c|\u200d|\p{M}/gu, "") === "") return ok("");
  return count > labelCharacters ? refuse("label-too-long") : ok(label);
}
