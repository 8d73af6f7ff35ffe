import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { TableList } from "@/components/ui/table-list";
import { Time } from "@/components/ui/time";
import { words } from "@/lib/words";

/** A method as a row shows it: in words, never with its number or key. */
export type MethodLine = {
  id: string;
  name: string;
  /** In a sentence, for those who hear a button without its row. */
  about: string;
  createdAt?: Date;
  lastUsedAt: Date | null;
  /** Messages to it did not arrive, several times in a row. */
  isFailing?: boolean;
};

type MethodRowsProps = {
  caption: string;
  methods: readonly MethodLine[];
  /** Makes a method the one that is asked for first; none where there is nothing to choose. */
  askFirst?: (form: FormData) => Promise<void>;
};

/** Methods with when they came and when they were last used, each with what can be done with it. */
export function MethodRows({ caption, methods, askFirst }: MethodRowsProps) {
  const t = words("security");
  return (
    <TableList
      caption={caption}
      columns={[
        { key: "method", label: t("methods.method") },
        { key: "added", label: t("methods.added") },
        { key: "used", label: t("methods.used") },
      ]}
      actionLabel={t("methods.actions")}
      rows={methods.map(({ id, name, about, createdAt, lastUsedAt, isFailing }) => ({
        id,
        cells: {
          method: isFailing ? (
            <>
              {name}
              <span className="row-warning">{t("methods.failing")}</span>
            </>
          ) : (
            name
          ),
          added: createdAt ? <Time at={createdAt} detail="day" /> : null,
          used: lastUsedAt ? <Time at={lastUsedAt} /> : t("methods.never"),
        },
        action: (
          <Actions>
            {askFirst ? (
              <Form action={askFirst} isInline>
                <input type="hidden" name="id" value={id} />
                <Button variant="link" about={about}>
                  {t("methods.first")}
                </Button>
              </Form>
            ) : null}
            <LinkButton variant="link" href={`/account/security/methods/${id}`} about={about}>
              {t("methods.remove")}
            </LinkButton>
          </Actions>
        ),
      }))}
    />
  );
}
