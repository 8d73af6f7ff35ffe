import "server-only";
import { headers } from "next/headers";
import { cache } from "react";
import { now } from "@/lib/kernel/clock";
import type { Visit } from "@/lib/kernel/visit";
import { refuseForeign, visitBy } from "./visitor";

/** When and from where this request came. */
export const visit = cache(async (): Promise<Visit> => {
  const header = await headers();
  return visitBy((name) => header.get(name), now());
});

/** The languages that this browser asks for, as it sends them; empty when it does not. */
export const languages = async (): Promise<string> => (await headers()).get("accept-language") ?? "";

/** The guard of every action: the form must come from a page of this site. */
export async function postVisit(): Promise<Visit> {
  const header = await headers();
  refuseForeign((name) => header.get(name));
  return visit();
}
