import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface TabsProps<Id extends string> {
  readonly tabs: readonly { readonly id: Id; readonly name: string }[];
  readonly chosen: Id;
  readonly label: string;
  readonly onChoose: (id: Id) => void;
  readonly children: ComponentChildren;
}

/** Several panels in one place. The arrow keys go from tab to tab. */
export function Tabs<Id extends string>({ tabs, chosen, label, onChoose, children }: TabsProps<Id>) {
  const list = useRef<HTMLDivElement>(null);
  const pressed = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex(({ id }) => id === chosen);
    const to = tabs[(at + step + tabs.length) % tabs.length];
    if (to === undefined) return;
    onChoose(to.id);
    list.current?.querySelector<HTMLElement>(`#tab-${to.id}`)?.focus();
    event.preventDefault();
  };
  return (
    <>
      <div ref={list} class="tabs" role="tablist" aria-label={label} onKeyDown={pressed}>
        {tabs.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === chosen}
            aria-controls="tab-panel"
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <div id="tab-panel" class={`tab-panel of-${chosen}`} role="tabpanel" aria-labelledby={`tab-${chosen}`}>
        {children}
      </div>
    </>
  );
}
