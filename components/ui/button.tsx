import type { ComponentProps, ReactNode } from "react";
import { unbroken } from "./unbroken";

/**
 * Primary: the one thing to do. Secondary: what else may be done. Danger: takes protection away. Removal: a secondary
 * that takes one row of several away. Link: beside a button.
 */
export type ButtonVariant = "primary" | "secondary" | "danger" | "removal" | "link";

type Look = {
  variant?: ButtonVariant;
  /** As wide as the column it stands in. */
  isWide?: boolean;
  /** Said after the words for those who cannot see the row the button stands in ("Remove" + "the phone ending 42"). */
  about?: string;
};

type ButtonProps = Look & {
  /** In a row of facts, no higher than it must be. */
  isSmall?: boolean;
} & Omit<ComponentProps<"button">, "className" | "style">;
type LinkButtonProps = Look & Omit<ComponentProps<"a">, "className" | "style" | "href"> & { href: string };

/** What posts a form. */
export function Button({
  variant = "primary",
  isWide,
  isSmall,
  about,
  type = "submit",
  children,
  ...button
}: ButtonProps) {
  return (
    <button {...button} {...nameOf(children, about)} type={type} className={lookOf(variant, isWide, isSmall)}>
      {labelOf(children)}
    </button>
  );
}

/** A way to another page that looks like a button. */
export function LinkButton({ variant = "primary", isWide, about, children, ...link }: LinkButtonProps) {
  return (
    <a {...link} {...nameOf(children, about)} className={lookOf(variant, isWide)}>
      {labelOf(children)}
    </a>
  );
}

/** Buttons and links that belong to one form, in a row that wraps. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className="actions">{children}</div>;
}

// In one element where it has parts: a button is a flex container, which would set them side by side.
function labelOf(children: ReactNode): ReactNode {
  const label = typeof children === "string" ? unbroken(children) : children;
  return label === children ? label : <span>{label}</span>;
}

function lookOf(variant: ButtonVariant, isWide = false, isSmall = false) {
  return `button button-${variant}${isWide ? " button-wide" : ""}${isSmall ? " button-small" : ""}`;
}

// The words on it first, so that whoever says them reaches it (WCAG 2.5.3). An attribute, not a hidden element: a page of
// ten methods has a hundred of these, and each element costs what a row does.
const nameOf = (children: ReactNode, about: string | undefined): { "aria-label"?: string } =>
  about === undefined || about === "" ? {} : { "aria-label": `${String(children)} ${about}` };
