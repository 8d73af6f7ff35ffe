/** Counts the seconds until the next code down to none. */
for (const place of document.querySelectorAll<HTMLElement>("[data-countdown]")) {
  const number = place.querySelector("span");
  const endsAt = Date.now() + Number(number?.textContent) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((endsAt - Date.now()) / 1000);
    if (number && left > 0) number.textContent = String(left);
    else {
      place.hidden = true;
      clearInterval(timer);
    }
  }, 1000);
}
