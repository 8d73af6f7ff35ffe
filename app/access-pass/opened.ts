import { redirect } from "next/navigation";
import { readCookie, visit } from "@/lib/auth";
import { type PassView, viewPass } from "@/lib/desk";

/** Guard of the pages behind an opened access pass: what is set up by it, else the page that takes one. */
export async function requirePass(): Promise<PassView> {
  const view = await viewPass(await readCookie("access-pass"), await visit());
  return view ?? redirect("/access-pass");
}
