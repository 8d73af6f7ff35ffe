export { lookAtNumbers } from "./flow";
