import type { Connection } from "@tidings/react";
import { type ReactNode, useId } from "react";

export interface ControlProps {
  target: Connection;
  run: (title: string, action: () => Promise<unknown>) => void;
}

export function ControlGroup({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const id = useId();
  return (
    <fieldset className="simulator__part" aria-describedby={id}>
      <legend>{title}</legend>
      <p id={id} className="simulator__text">
        {text}
      </p>
      {children}
    </fieldset>
  );
}

/** A button beside one line that says what it does. */
export function Action({ title, text, onClick }: { title: string; text: string; onClick: () => void }) {
  const id = useId();
  return (
    <div className="simulator__action">
      <button type="button" className="tidings-button" aria-describedby={id} onClick={onClick}>
        {title}
      </button>
      <span id={id} className="simulator__text">
        {text}
      </span>
    </div>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  isNumber?: boolean;
}

export function Field({ label, value, onChange, isNumber = true }: FieldProps) {
  return (
    <label className="field">
      {label}
      <input
        className="tidings-input"
        value={value}
        inputMode={isNumber ? "decimal" : "text"}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
