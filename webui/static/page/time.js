// Moments and ages as people read them, in the language of the page.

import { language, tell } from "../words.js";

const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");

export function age(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return tell("page.age.seconds", { count: String(whole) });
  if (whole < 3600) return tell("page.age.minutes", { count: String(Math.floor(whole / 60)) });
  if (whole < 172800) return tell("page.age.hours", { count: String(Math.floor(whole / 3600)) });
  return tell("page.age.days", { count: String(Math.floor(whole / 86400)) });
}

export const since = (moment, now) => age((now - new Date(moment)) / 1000);

export function clock(moment) {
  return new Date(moment).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export function moment(iso) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (new Date().toDateString() === at.toDateString()) return time;
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return `${at.toLocaleDateString(locale(), { day: "numeric", month: "short", year })}, ${time}`;
}

export const whole = (iso) => new Date(iso).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
