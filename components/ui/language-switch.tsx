import { currentLanguage, languageNames, languages, original } from "@/lib/kernel/language";
import { words } from "@/lib/words";
import { Button } from "./button";

/**
 * Every language by its own name, so that whoever cannot read this page finds theirs; and, where this one was translated
 * by a machine, that it was. It posts to app/language and comes back to this page.
 */
export function LanguageSwitch() {
  const t = words("ui");
  const current = currentLanguage();
  return (
    <form action="/language" method="post" className="language-switch">
      <fieldset>
        <legend className="visually-hidden">{t("language.label")}</legend>
        {languages.map((language) => (
          <span key={language} lang={language} aria-current={language === current ? "true" : undefined}>
            {language === current ? (
              languageNames[language]
            ) : (
              <Button variant="link" name="language" value={language}>
                {languageNames[language]}
              </Button>
            )}
          </span>
        ))}
      </fieldset>
      {current === original ? null : (
        <p>
          {t("language.machine")}
          <Button variant="link" name="language" value={original}>
            {t("language.original")}
          </Button>
        </p>
      )}
    </form>
  );
}
