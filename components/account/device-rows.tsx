import { Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { TableList } from "@/components/ui/table-list";
import { timeText } from "@/components/ui/time";
import { whereText } from "@/lib/places";
import { words } from "@/lib/words";
import { rowAbout } from "./row-about";

/** A browser that does not require codes, as a row shows it. */
export type DeviceLine = {
  id: string;
  browser: string;
  address: string;
  trustedAt: Date;
  trustedUntil: Date;
  lastSeenAt: Date;
  /** It is the browser that reads this page. */
  isThis: boolean;
};

type DeviceRowsProps = {
  devices: readonly DeviceLine[];
  forget: (form: FormData) => Promise<void>;
};

/** Browsers that do not require codes, each with the button that ends it. */
export function DeviceRows({ devices, forget }: DeviceRowsProps) {
  const t = words("security");
  if (devices.length === 0) return <p className="quiet">{t("devices.none")}</p>;
  const nameOf = ({ browser }: DeviceLine) => browser || t("devices.unknown");
  const browsers = devices.map(nameOf);
  // One form for all rows, whose buttons say which of them.
  return (
    <Form action={forget}>
      <TableList
        caption={t("devices.heading")}
        columns={[
          { key: "browser", label: t("devices.browser") },
          { key: "since", label: t("devices.since") },
          { key: "seen", label: t("devices.seen") },
          { key: "until", label: t("devices.until") },
        ]}
        actionLabel={t("methods.actions")}
        rows={devices.map((device) => {
          const browser = nameOf(device);
          return {
            id: device.id,
            cells: {
              browser: (
                <>
                  {browser} {device.isThis ? <span className="badge">{t("devices.this")}</span> : null}
                  <div className="quiet">{whereText(device.address)}</div>
                </>
              ),
              since: timeText(device.trustedAt, "day"),
              seen: timeText(device.lastSeenAt),
              until: timeText(device.trustedUntil, "day"),
            },
            action: (
              <Button
                variant="link"
                name="id"
                value={device.id}
                about={rowAbout(browser, device.lastSeenAt, browsers)}
              >
                {t("devices.forget")}
              </Button>
            ),
          };
        })}
      />
    </Form>
  );
}
