import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.js";

interface PageHeadProps {
  readonly title: string;
  readonly below?: ComponentChildren;
  readonly back?: { readonly to: string; readonly name: string };
  readonly children?: ComponentChildren;
}

/** Whether a page was shown before this one: the first leaves the focus where the browser has it. */
let wasShown = false;

/** A page's title. It takes the focus when the page is gone to, so that the keyboard goes on from there. */
export function PageHead({ title, below, back, children }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · rtmsg`;
    if (wasShown) heading.current?.focus({ preventScroll: true });
    wasShown = true;
  }, [title]);
  return (
    <div class="page-head">
      {back !== undefined && (
        <a class="back" href={back.to} aria-label={`Back to ${back.name}`}>
          <Icon name="back" />
        </a>
      )}
      <div class="page-title">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {below !== undefined && <p>{below}</p>}
      </div>
      {children}
    </div>
  );
}
