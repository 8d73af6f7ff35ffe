import type { ReactNode } from "react";

/** Info: good to know. Success: it is done. Warning: needs care soon. Danger: protection is at stake. */
export type NoticeTone = "info" | "success" | "warning" | "danger";

type NoticeProps = {
  tone?: NoticeTone;
  title?: ReactNode;
  /** Announced as a status; a success is, the others are read where they stand. */
  isStatus?: boolean;
  children?: ReactNode;
};

// Shape as well as colour tells the tones apart.
const marks: Record<NoticeTone, string> = {
  info: "M10 9v5M10 6v.01",
  success: "m6 10.5 2.8 2.8L14.2 7.5",
  warning: "M10 5.5v5M10 14v.01",
  danger: "m7 7 6 6m0-6-6 6",
};

/** Something a person should know on this page. */
export function Notice({ tone = "info", title, isStatus = tone === "success", children }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={isStatus ? "status" : undefined}>
      <svg className="notice-mark" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="10" />
        <path d={marks[tone]} />
      </svg>
      <div>
        {title ? <p className="notice-title">{title}</p> : null}
        {children}
      </div>
    </div>
  );
}
