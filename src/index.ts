/** The public surface of Flotilla: what the Action, the App and the CLI are made of, and programs that embed it. */
export { apply, plan } from './reconcile.ts';
export type { Watch } from './apply/apply-input.ts';
export { importResources, type Adoption, type Imported } from './import-resources.ts';
export { survey, type ConfigFiles, type Survey, type Surveyed } from './survey.ts';
export type { Intent, Known, Request } from './request.ts';
export type { Asker, People, Ports, ProviderRegistry, RunIdentity } from './ports.ts';
export { assemble, providers, systemClock, type Repository, type World } from './assemble.ts';
export { openLocal } from './local.ts';
export { beat } from './watch/beat.ts';
export { bringBack } from './watch/bring-back.ts';
export { writePages } from './watch/write-pages.ts';
export { statusPages, type StatusPagesRequest } from './watch/status-pages.ts';
export { checkHealth, type HealthRequest } from './watch/check-health.ts';
export { afterRounds, askRound, confirmedTurns, viewFleet, type FleetView } from './watch/between-runs.ts';
export { closedIncidents, history, logs, status, verifyHistory } from './inspect.ts';
export { issuedSecrets, issuedValue, type IssuedSecret } from './issued-secrets.ts';
export type { Provider } from './provider-kit/provider.ts';
export { DEFAULT_ENVIRONMENT } from './model/config.ts';
export { environmentsOf, firstGuess, isExpired, isPreview, previewOf, requireBranch, type Trigger } from './trigger.ts';
export { CERTIFICATES, SHARED_SECRETS, secretsOf } from './model/secret-files.ts';
export { secretsIn } from './model/template.ts';
export { newIdentity } from './secrets/recipients.ts';
export { lockIdentity, SHORTEST_PASSPHRASE } from './secrets/passphrase.ts';
export { openSealed, type OpenedFile } from './secrets/open-sealed.ts';
export { parseSealed, sealedText, type PassphraseLock, type SealedFile } from './secrets/sealed-file.ts';
export { readSealed, type SealedSecrets } from './secrets/sealed-secrets.ts';
export { addRecipient, changeSecrets, createSealed, renewKey, type SecretChange } from './secrets/seal-file.ts';
export { ageOf, isOverdue } from './secrets/secret-age.ts';
export { isSecretAddress, secretName, type SecretAddress } from './model/renewal.ts';
export {
  checkHeld,
  finishRotation,
  issueNode,
  revoke,
  rotateAuthority,
  rotateClient,
  rotateNode,
  type Changed,
  type Held,
  type Issuing,
} from './certificates/change-register.ts';
export { factsOf, type CertificateFacts } from './certificates/certificate-facts.ts';
export { AUTHORITY_KEY, certificateSecrets, CLIENT_KEY } from './certificates/certificate-secrets.ts';
export { hostsOf, parseRegister, registerText, type Register } from './certificates/register.ts';
export { unlock } from './record/unlock.ts';
export { imageVariable } from './model/built-image.ts';
export { readConfig } from './config/read-config.ts';
export { resourcesFor } from './config/resources-for.ts';
export { parseAllow } from './plan/guards.ts';
export * from './model/errors.ts';
export {
  KINDS,
  parseAddress,
  SECTION,
  type Address,
  type Json,
  type JsonObject,
  type Kind,
  type Position,
} from './model/resource.ts';
export type { Config } from './model/config.ts';
export type { Plan, Step, Change, Block, Notice } from './model/plan.ts';
export type { Outcome, OnProgress, Progress, StepOutcome } from './model/outcome.ts';
export { STATE_BRANCH } from './model/state.ts';
export type { Event, RecordedState, ResourceState } from './model/state.ts';
export type { HealthState, HealthStatus, InstanceHealth, ProbeTarget, Round, Sample } from './model/health.ts';
export type { Incident } from './model/incident.ts';
export type { Clock } from './model/clock.ts';
export { createMask, type Mask } from './model/mask.ts';
export { WATCH_DEFAULTS } from './model/watch.ts';
export { closest } from './model/closest.ts';
export { ISSUES, REPOSITORY } from './model/product.ts';
export { PLAN_FORMAT, type GuardName } from './model/plan.ts';
export { validate } from './validate.ts';
export {
  CHECK_LIMIT,
  checkName,
  type Annotation,
  type CheckReport,
  type ReportContext,
} from './report/check-report.ts';
export { code, fence, inert } from './report/markdown.ts';
export { exitOfHealth, exitOfOutcome, exitOfPlan } from './report/exit-code.ts';
export { healthSummaryPage, healthTitle } from './report/health-report.ts';
export { renderHealth } from './report/terminal/health.ts';
export type { HealthOutcome } from './model/health-outcome.ts';
export { failureReport } from './report/failure-report.ts';
export { failureSummaryPage, outcomeSummaryPage, planSummaryPage } from './report/job-summary.ts';
export { outcomeReport, outcomeTitle } from './report/outcome-report.ts';
export { planReport } from './report/plan-report.ts';
export { planTitle } from './report/plan-words.ts';
export { renderHistory } from './report/terminal/history.ts';
export { PLAIN, type Look, type Palette } from './report/terminal/look.ts';
export { failureLines, renderOutcome } from './report/terminal/outcome.ts';
export { renderPlan } from './report/terminal/plan.ts';
export { renderProblems } from './report/terminal/problems.ts';
export { renderStatus } from './report/terminal/status.ts';
export { renderVerification } from './report/terminal/verification.ts';
export { visible } from './report/visible.ts';
export { errorCommand, plainOutput, workflowCommands } from './report/workflow-commands.ts';
export { openGitHub, openRemote, type OnGitHub, type Remote } from './on-github.ts';
export { createGitHub, requestsSent, type GitHub, type GitHubOptions, type RequestRecord } from './github/github.ts';
export { repositoryName, type RepositoryName } from './github/repository.ts';
export { workflowRun } from './github/runs.ts';
export { locateEnvironments, type Located, type Situation } from './publish/locate-environments.ts';
export { publishApply, type PublishedApply } from './publish/publish-apply.ts';
export { publishHealth, type PublishedHealth } from './publish/publish-health.ts';
export { publishFailure, publishPlan, type PublishedPlan } from './publish/publish-plan.ts';
export type { Posted, Target } from './publish/target.ts';
export { gitSources } from './record/git-sources.ts';
export { deliveries, installations, installedRepositories, redeliver } from './github/app.ts';
export { listChecks } from './github/checks.ts';
export { dispatchWorkflow } from './github/dispatch.ts';
export { createComment } from './github/issues.ts';
export { permissionOf } from './github/permissions.ts';
export type { Permission, Right } from './model/policy.ts';
export { authorize } from './authorize.ts';
export { approve, approverOf } from './approve.ts';
export { isMember } from './github/people.ts';
export { reviewGate } from './github/gates.ts';
export { readableRepositories } from './github/readable.ts';
export { readPullRequest } from './github/pull-request.ts';
export { postReport } from './publish/publish-plan.ts';
