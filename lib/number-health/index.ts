export { lookAtNumbers, startNumberChecks } from "./flow";
