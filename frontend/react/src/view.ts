export { PortfolioView, type PortfolioViewProps } from "./components/PortfolioView.js";
