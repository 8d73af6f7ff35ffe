"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { postVisit, requireFreshProofForAction } from "@/lib/auth";
import { parseForm, typed } from "@/lib/kernel/form";
import { keepNumber } from "@/lib/new-number";
import { askFirst, forgetAllDevices, forgetDevice, moveUp } from "@/lib/security";
import { settingsPath } from "@/lib/setup";

const row = { id: z.uuid() };

/** "Ask this first". Whatever is not this account's method is simply not there. */
export async function askFirstAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("order-methods");
  const parsed = parseForm(form, row);
  if (parsed.ok) await askFirst(parsed.data.id, session, visit);
  redirect(settingsPath);
}

/** "Move up": one place, among the methods of this account. */
export async function moveUpAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("order-methods");
  const parsed = parseForm(form, row);
  if (parsed.ok) await moveUp(parsed.data.id, session, visit);
  redirect(settingsPath);
}

/** "Forget", for one device. */
export async function forgetDeviceAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("forget-devices");
  const parsed = parseForm(form, row);
  if (parsed.ok) await forgetDevice(parsed.data.id, session, visit);
  redirect(settingsPath);
}

/** "Require codes on all devices". */
export async function forgetAllDevicesAction(): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("forget-devices");
  await forgetAllDevices(session, visit);
  redirect(settingsPath);
}

/** "Keep this number": it does not go by itself any more. */
export async function keepNumberAction(form: FormData): Promise<void> {
  const visit = await postVisit();
  const session = await requireFreshProofForAction("change-number", { subject: typed(form, "id") });
  const parsed = parseForm(form, row);
  if (parsed.ok) await keepNumber(parsed.data.id, session, visit);
  redirect(settingsPath);
}
