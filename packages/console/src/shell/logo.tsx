import icon from "../icon.svg";

/** The mark and the name. */
export function Logo() {
  return (
    <a class="logo" href="#/" aria-label="rtmsg console, overview">
      <img src={icon} alt="" width="28" height="28" />
      rtmsg
    </a>
  );
}
