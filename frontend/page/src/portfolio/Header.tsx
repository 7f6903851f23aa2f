import { lazy, Suspense, useRef, useState } from "react";
import { Toaster } from "sonner";
import { useLocalCloud } from "../local/LocalCloud.tsx";
import { texts } from "../locales/texts.ts";
import { setTheme } from "../theme.ts";
import { useTheme } from "../useTheme.ts";
import { showErrorToast } from "./toasts.ts";

const { header: labels } = texts;

// Loaded on demand, so that only the local cloud downloads it.
const Simulator = lazy(() => import("../local/simulator/SimulatorDrawer.tsx"));

export function Header({ isSignedIn }: { isSignedIn: boolean }) {
  const theme = useTheme();
  const cloud = useLocalCloud();
  const [isOpen, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <header className="top-bar">
      <div className="top">
        <a className="brand" href="/">
          <img src="/assets/icon.svg" alt="" width="28" height="28" />
          Tidings
        </a>
        <div className="tidings-actions">
          {cloud && isSignedIn && (
            <>
              <span className="top__user tidings-muted" title={cloud.user?.email}>
                {cloud.user?.email ?? labels.signedIn}
              </span>
              <button
                type="button"
                className="tidings-button tidings-button--quiet"
                onClick={() =>
                  void cloud.signOut().catch((error: unknown) => showErrorToast(labels.signOutFailed, error))
                }
              >
                {labels.signOut}
              </button>
            </>
          )}
          {cloud && cloud.simulators.length > 0 && isSignedIn && (
            <button
              ref={opener}
              type="button"
              className="tidings-button"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {labels.simulator}
            </button>
          )}
          <button
            type="button"
            className="tidings-button tidings-button--quiet top__theme"
            aria-pressed={theme === "dark"}
            aria-label={labels.dark}
            onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
          >
            <span aria-hidden="true">{theme === "dark" ? "☾" : "☀"}</span>
          </button>
        </div>
      </div>
      {/* Sonner returns the focus when it leaves the toasts. In the middle of the page that would be a trap. */}
      <div className="toasts" onFocusCapture={(event) => event.stopPropagation()}>
        <Toaster theme={theme} position="top-center" visibleToasts={2} expand closeButton />
      </div>
      {cloud && isOpen && isSignedIn && (
        <Suspense fallback={null}>
          <Simulator simulators={cloud.simulators} onClose={close} />
        </Suspense>
      )}
    </header>
  );
}
