import { errorOf, type FormError } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { RadioGroup } from "@/components/ui/radio-group";
import { type Option, SelectField } from "@/components/ui/select-field";
import { words } from "@/lib/words";

type PhoneFieldsProps = {
  /** What was typed before. */
  typed: Readonly<{ country?: string; number?: string; channel?: string }> | undefined;
  countries: readonly Option[];
  /** The country to begin with. */
  country: string;
  errors: readonly FormError[];
};

/** A phone number, where it is and how it is reached: the fields of every form that adds one. */
export function PhoneFields({ typed, countries, country, errors }: PhoneFieldsProps) {
  const t = words("setup");
  return (
    <>
      <SelectField
        label={t("phone.country")}
        name="country"
        autoComplete="country"
        options={countries}
        defaultValue={typed?.country || country}
        error={errorOf(errors, "country")}
      />
      <Field
        label={t("phone.number")}
        name="number"
        type="tel"
        autoComplete="tel"
        hint={t("phone.numberHint")}
        defaultValue={typed?.number}
        error={errorOf(errors, "number")}
      />
      <RadioGroup
        legend={t("phone.channel")}
        name="channel"
        defaultValue={typed?.channel || "text"}
        error={errorOf(errors, "channel")}
        options={[
          { value: "text", label: t("phone.text"), hint: t("phone.textHint") },
          { value: "voice", label: t("phone.voice"), hint: t("phone.voiceHint") },
        ]}
      />
    </>
  );
}
