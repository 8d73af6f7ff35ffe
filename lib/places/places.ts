import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type CityResponse, Reader } from "mmdb-lib";
import { settings } from "@/lib/kernel/config";
import { currentLanguage, type Language } from "@/lib/kernel/language";

// Read once a process, whichever of the framework's bundles asks first.
const shared = globalThis as unknown as { latchkeyPlaces?: Reader<CityResponse> | null };

/**
 * Opens the offline database of places (GEO_DATABASE, a .mmdb file such as GeoLite2 City); without a path places are
 * simply not told. Nothing is ever asked of the network.
 *
 * @throws Error with a reason a person can read, when the file cannot be read or is no such database.
 */
export function openPlaces(path: string | undefined): void {
  if (path === undefined) {
    shared.latchkeyPlaces = null;
    return;
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(/* turbopackIgnore: true */ path);
  } catch (error) {
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  try {
    const reader = new Reader<CityResponse>(bytes);
    reader.get("192.0.2.1"); // a file that is cut short shows it here
    shared.latchkeyPlaces = reader;
  } catch {
    throw new Error("is not a .mmdb database");
  }
}

/**
 * Where an address is, as people say it: "Utrecht, Netherlands", in the language of the page where the database has it.
 * Undefined where nothing is known of it.
 */
export function placeOf(address: string): string | undefined {
  if (shared.latchkeyPlaces === undefined) openPlaces(settings().geoDatabase);
  const reader = shared.latchkeyPlaces;
  if (reader === undefined || reader === null || isIP(address) === 0) return undefined;
  const found = reader.get(address);
  const language = currentLanguage();
  const names = [found?.city?.names, (found?.country ?? found?.registered_country)?.names].map((known) => {
    const inEach: Partial<Record<Language, string>> = known ?? {};
    return inEach[language] ?? inEach.en;
  });
  const place = names.filter((name) => typeof name === "string" && name !== "").join(", ");
  return place === "" ? undefined : place;
}

/** An address with its place where that is known, for a sentence: "Utrecht, Netherlands (192.0.2.1)". */
export function whereFrom(address: string): string {
  const place = placeOf(address);
  return place === undefined ? address : `${place} (${address})`;
}

/** An address with its place where that is known, for a cell of a table: "Utrecht, Netherlands, 192.0.2.1". */
export function whereText(address: string): string {
  const place = placeOf(address);
  return place === undefined ? address : `${place}, ${address}`;
}
