import { currentLanguage, languageNames, languages, original } from "@/lib/kernel/language";
import { words } from "@/lib/words";
import { Button } from "./button";

/**
 * Every language by its own name, so that whoever cannot read this page finds theirs; and, where this one was translated
 * by a machine, that it was. It posts to app/language and comes back to this page. It stands on every page, so it has no
 * element that it can do without: it was a quarter of what Change Account Settings costs beyond an empty page.
 */
export function LanguageSwitch() {
  const t = words("ui");
  const current = currentLanguage();
  return (
    <form action="/language" method="post" className="language-switch">
      <fieldset aria-label={t("language.label")}>
        {languages.map((language) =>
          language === current ? (
            <span key={language} lang={language} aria-current="true">
              {languageNames[language]}
            </span>
          ) : (
            <Button key={language} lang={language} variant="link" name="language" value={language}>
              {languageNames[language]}
            </Button>
          ),
        )}
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
