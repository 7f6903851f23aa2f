import { useState } from "react";
import { showErrorToast } from "../portfolio/toasts.ts";
import type { LocalCloud } from "./LocalCloud.tsx";

const DEMO = { user_id: "demo-user", email: "demo@example.com" };

/** Sign in as any user, without a password. Only the local cloud has this. */
export function SignInForm({ cloud }: { cloud: LocalCloud }) {
  const [isBusy, setBusy] = useState(false);
  const signIn = async (form: FormData) => {
    setBusy(true);
    try {
      await cloud.signIn({ user_id: String(form.get("user_id")), email: String(form.get("email")) });
    } catch (error) {
      showErrorToast("Sign-in failed", error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="sign-in" action={signIn}>
      <label>
        User
        <input className="tidings-input" name="user_id" defaultValue={DEMO.user_id} required autoComplete="username" />
      </label>
      <label>
        E-mail
        <input
          className="tidings-input"
          name="email"
          type="email"
          defaultValue={DEMO.email}
          required
          autoComplete="email"
        />
      </label>
      <button type="submit" className="tidings-button tidings-button--primary" disabled={isBusy}>
        Sign in
      </button>
    </form>
  );
}
