export { imbalances, stateProblems } from "@recourse/engine";
