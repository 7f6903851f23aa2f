import { PortfolioView } from "@tidings/react/view";

/** A server component: the package marks its own components as client components. */
export default function Page() {
  return (
    <main>
      <h1>Your portfolio</h1>
      <PortfolioView
        states={{
          signed_out: (
            <p>
              You are signed out. <a href="http://127.0.0.1:3000">Sign in to the local cloud</a>, then reload.
            </p>
          ),
        }}
      />
    </main>
  );
}
