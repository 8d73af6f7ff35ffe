import { redirect } from "next/navigation";
import { currentSession } from "@/lib/auth";

export const dynamic = "force-dynamic";

/** The site's own address: it leads to Your Account, or to the way in. */
export default async function FrontPage() {
  redirect((await currentSession()) === undefined ? "/sign-in" : "/account");
}
