# Computes the numbers of statistics.csv again, from trials.csv alone.
#
#   Rscript group.R [FOLDER]
#
# Needs R and, for mixed models, the package lme4. Writes statistics_r.csv: the numbers of the program, those of R, and
# their largest difference for each kind of analysis. Intervals for bounded means use random numbers (Gaffke 2005), so
# they agree to about 0.03. The search of mixed models ends near, not at, the best value: relative differences of 0.001.

folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) == 0) folder <- "."
has_lme4 <- suppressWarnings(requireNamespace("lme4", quietly = TRUE))
if (!has_lme4) cat("The package lme4 is missing: mixed models and learning are left out.\n")

read_table <- function(name) {
  read.csv(file.path(folder, name), colClasses = "character", na.strings = character(0), check.names = FALSE,
           encoding = "UTF-8")
}
trials <- read_table("trials.csv")
for (name in c("score", "rank1", "rank1_expression", "order", "session_number")) {
  trials[[name]] <- suppressWarnings(as.numeric(trials[[name]]))
}
trials <- trials[trials$pilot == "no", ]
statistics <- read_table("statistics.csv")

# ---- the design ----------------------------------------------------------------------------------------------------

one_level <- function(data, unit, column) {
  all(tapply(data[[column]], data[[unit]], function(x) length(unique(x))) <= 1)
}
levels_of <- function(data, column) {
  if (column == "session") return(names(sort(tapply(data$session_number, data$session, mean))))
  sort(unique(data[[column]]), method = "radix")
}
label_of <- function(column) sub("^condition_", "", sub("^group_", "", column))
parse_cell <- function(text) {
  if (text == "all") return(list())
  parts <- strsplit(text, "; ", fixed = TRUE)[[1]]
  setNames(as.list(sub("^[^=]*=", "", parts)), sub("=.*$", "", parts))
}
in_cell <- function(data, cell) {
  for (name in names(cell)) data <- data[data[[name]] == cell[[name]], ]
  data
}
factors_of <- function(rows) {
  unique(unlist(lapply(rows$cell[rows$analysis == "mean"], function(text) names(parse_cell(text)))))
}

# ---- means and intervals -------------------------------------------------------------------------------------------

participant_means <- function(data, outcome) {
  by_target <- aggregate(data[[outcome]], list(participant = data$participant, target = data$target), mean)
  means <- tapply(by_target$x, by_target$participant, mean)
  setNames(as.numeric(means), names(means))
}
t_interval <- function(x) {
  n <- length(x)
  if (n < 2) return(c(mean(x), NA, NA, NA))
  reach <- qt(0.975, n - 1) * sd(x) / sqrt(n)
  c(mean(x), mean(x) - reach, mean(x) + reach, NA)
}
weights_of <- list()
bounded_interval <- function(x) {
  n <- length(x)
  if (all(x < 1e-12 | x > 1 - 1e-12)) {
    k <- sum(x > 0.5)
    return(c(mean(x), if (k > 0) qbeta(0.025, k, n - k + 1) else 0, if (k < n) qbeta(0.975, k + 1, n - k) else 1, NA))
  }
  name <- as.character(n)
  if (is.null(weights_of[[name]])) {
    set.seed(1)
    drawn <- matrix(rexp(40000 * (n + 1)), 40000)
    weights_of[[name]] <<- drawn / rowSums(drawn)
  }
  weights <- weights_of[[name]]
  sums <- as.numeric(weights[, 1:n, drop = FALSE] %*% x)
  c(mean(x), quantile(sums, 0.025), quantile(sums + weights[, n + 1], 0.975), NA)
}

# ---- contrasts -----------------------------------------------------------------------------------------------------

noncentrality <- function(t, df) {
  error <- sqrt(1 + t^2 / (2 * df))
  if (abs(t) > 30) return(t + c(-1, 1) * qnorm(0.975) * error)
  solve_for <- function(tail, direction) {
    inner <- t
    outer <- t + direction * error
    while ((suppressWarnings(pt(t, df, outer)) - tail) * direction > 0) {
      inner <- outer
      outer <- outer + direction * error
    }
    uniroot(function(nc) suppressWarnings(pt(t, df, nc)) - tail, sort(c(inner, outer)), tol = 1e-10)$root
  }
  c(solve_for(0.975, -1), solve_for(0.025, 1))
}
hedges <- function(df) exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)

contrast <- function(row, data, factor, level, baseline) {
  if (one_level(data, "participant", factor)) {
    a <- participant_means(data[data[[factor]] == level, ], "score")
    b <- participant_means(data[data[[factor]] == baseline, ], "score")
    if (row$low == "") return(c(mean(a) - mean(b), NA, NA, NA))
    if (row$statistic == "mean difference") {
      test <- t.test(a, b)
      return(c(mean(a) - mean(b), test$conf.int, test$p.value))
    }
    na <- length(a); nb <- length(b); df <- na + nb - 2
    pooled <- sqrt(((na - 1) * var(a) + (nb - 1) * var(b)) / df)
    root <- sqrt(1 / na + 1 / nb)
    limits <- noncentrality((mean(a) - mean(b)) / (pooled * root), df)
    return(c(hedges(df) * c((mean(a) - mean(b)) / pooled, limits * root), NA))
  }
  both <- data[data[[factor]] %in% c(level, baseline), ]
  if (!one_level(trials_of_sample, "target", factor)) {
    key <- paste(both$participant, both$target, sep = "\t")
    counts <- tapply(both[[factor]], key, function(x) length(unique(x)))
    both <- both[counts[key] == 2, ]
  }
  a <- participant_means(both[both[[factor]] == level, ], "score")
  b <- participant_means(both[both[[factor]] == baseline, ], "score")
  people <- intersect(names(a), names(b))
  a <- a[people]; b <- b[people]
  difference <- a - b
  if (row$low == "") return(c(mean(difference), NA, NA, NA))
  test <- t.test(difference)
  if (row$statistic == "mean difference") return(c(mean(difference), test$conf.int, test$p.value))
  n <- length(difference)
  limits <- noncentrality(test$statistic, n - 1)
  if (row$statistic == "dz") return(c(mean(difference) / sd(difference), limits / sqrt(n), NA))
  scale <- hedges(n - 1) * sd(difference) / sqrt(n) / sqrt((var(a) + var(b)) / 2)
  c(test$statistic * scale, limits * scale, NA)
}

# ---- analysis of covariance ----------------------------------------------------------------------------------------

ancova <- function(row, data, cell) {
  first <- levels_of(data, "session")[1]
  before <- participant_means(data[data$session == first, ], "score")
  after <- participant_means(data[data$session == cell$session, ], "score")
  people <- intersect(names(before), names(after))
  group <- data[[row$factor]][match(people, data$participant)]
  means <- data.frame(later = after[people], first = before[people] - mean(before[people]), group = group)
  fit <- lm(later ~ group + first, means)
  if (row$statistic == "slope") return(c(coef(fit)["first"], confint(fit)["first", ], NA))
  if (row$statistic == "F") return(c(anova(fit, lm(later ~ group * first, means))$F[2], NA, NA, NA))
  means$group <- relevel(factor(means$group), row$baseline)
  fit <- lm(later ~ group + first, means)
  name <- paste0("group", row$level)
  c(coef(fit)[name], confint(fit)[name, ], summary(fit)$coefficients[name, 4])
}

# ---- mixed models --------------------------------------------------------------------------------------------------

coded <- function(data, column) {
  levels <- levels_of(data, column)
  level <- match(data[[column]], levels)
  if (length(levels) == 2) {
    name <- paste0(label_of(column), ": ", levels[2], " minus ", levels[1])
    return(setNames(list(level - 1.5), name))
  }
  last <- length(levels)
  columns <- lapply(seq_len(last - 1), function(k) (level == k) - (level == last))
  setNames(columns, paste0(label_of(column), ": ", levels[-last], " minus the mean of the levels"))
}
random_terms <- function(data, factors) {
  data$p_target <- paste(data$participant, data$target, sep = "\t")
  names <- c("participant", "target", "p_target")
  labels <- c("participant", "target", "participant:target")
  for (k in seq_along(factors)) {
    if (one_level(data, "participant", factors[k])) next
    column <- paste0("p_factor", k)
    data[[column]] <- paste(data$participant, data[[factors[k]]], sep = "\t")
    names <- c(names, column)
    labels <- c(labels, paste0("participant:", factors[k]))
  }
  count <- sapply(names, function(name) length(unique(data[[name]])))
  keep <- count > 1 & count < nrow(data)
  list(data = data, names = names[keep], labels = labels[keep])
}
degrees <- function(data, factors) {
  people <- length(unique(data$participant))
  found <- people - 1
  for (one in factors) {
    count <- length(levels_of(data, one))
    if (one_level(data, "participant", one)) found <- c(found, people - count)
    if (one_level(data, "target", one)) found <- c(found, length(unique(data$target)) - count)
  }
  max(min(found), 1)
}
mixed_model <- function(rows, data, factors, logistic) {
  main <- lapply(factors, function(one) coded(data, one))
  columns <- list(intercept = rep(1, nrow(data)))
  owners <- list(character(0))
  for (k in seq_along(factors)) for (name in names(main[[k]])) {
    columns[[name]] <- main[[k]][[name]]
    owners <- c(owners, list(factors[k]))
  }
  if (any(grepl("; ", rows$factor, fixed = TRUE))) for (pair in combn(seq_along(factors), 2, simplify = FALSE)) {
    for (one in names(main[[pair[1]]])) for (other in names(main[[pair[2]]])) {
      columns[[paste(one, "x", other)]] <- main[[pair[1]]][[one]] * main[[pair[2]]][[other]]
      owners <- c(owners, list(factors[pair]))
    }
  }
  random <- random_terms(data, factors)
  d <- random$data
  d$X <- do.call(cbind, columns)
  right <- paste("0 + X +", paste0("(1 | ", random$names, ")", collapse = " + "))
  fit <- suppressMessages(suppressWarnings(
    if (logistic) lme4::glmer(as.formula(paste("rank1 ~", right)), d, family = binomial,
                              control = lme4::glmerControl(tolPwrss = 1e-12))
    else lme4::lmer(as.formula(paste("score ~", right)), d)))
  values <- lme4::fixef(fit)
  errors <- suppressWarnings(sqrt(diag(as.matrix(
    if (logistic) vcov(fit, use.hessian = FALSE) else vcov(fit)))))
  found <- list()
  for (k in seq_along(columns)) {
    df <- degrees(data, owners[[k]])
    ends <- values[k] + c(0, -1, 1) * qt(0.975, df) * errors[k]
    p <- if (k > 1) 2 * pt(-abs(values[k] / errors[k]), df) else NA
    found[[names(columns)[k]]] <- c(if (logistic) exp(ends) else ends, p)
  }
  spread <- as.data.frame(lme4::VarCorr(fit))
  for (k in seq_along(random$names)) {
    found[[paste("random effect of", random$labels[k])]] <- c(spread$sdcor[spread$grp == random$names[k]], NA, NA, NA)
  }
  if (!logistic) found[["residual"]] <- c(sigma(fit), NA, NA, NA)
  found
}
learning <- function(rows, data, factors) {
  longest <- tapply(data$order, data$session_number, max)
  sessions <- as.numeric(names(longest))
  start <- sapply(sessions, function(one) sum(longest[sessions < one]))
  data$number <- start[match(data$session_number, sessions)] + data$order
  data$number <- data$number - mean(data$number)
  groups <- factors[grepl("^group_", factors)]
  columns <- list(intercept = rep(1, nrow(data)), "change of the score per trial" = data$number)
  kinds <- sort(unique(data$kind), method = "radix")
  if (length(kinds) == 2) columns[["kind"]] <- (data$kind == kinds[2]) - 0.5
  for (one in groups) for (name in names(coded(data, one))) {
    column <- coded(data, one)[[name]]
    columns[[name]] <- column
    columns[[paste0(name, ", change per trial")]] <- column * data$number
  }
  data$X <- do.call(cbind, columns)
  terms <- c("(1 | participant)", "(0 + number | participant)", "(1 | target)")
  if (length(unique(data$target)) == 1) terms <- terms[1:2]
  formula <- as.formula(paste("score ~ 0 + X +", paste(terms, collapse = " + ")))
  fit <- suppressMessages(suppressWarnings(lme4::lmer(formula, data)))
  values <- lme4::fixef(fit)
  errors <- sqrt(diag(as.matrix(vcov(fit))))
  people <- length(unique(data$participant))
  found <- list()
  for (k in seq_along(columns)) {
    row <- rows[rows$effect == names(columns)[k], ]
    owners <- if (nrow(row) && row$factor[1] != "") row$factor[1] else character(0)
    count <- if (length(owners)) length(levels_of(data, owners)) else 1
    df <- max(people - max(1, count), 1)
    ends <- values[k] + c(0, -1, 1) * qt(0.975, df) * errors[k]
    found[[names(columns)[k]]] <- c(ends, 2 * pt(-abs(values[k] / errors[k]), df))
  }
  found
}

# ---- agreement -----------------------------------------------------------------------------------------------------

icc <- function(data, factors) {
  key <- do.call(paste, c(data[c("participant", "target", factors)], sep = "\t"))
  items <- split(data$score, key)
  people <- tapply(data$participant, key, function(names) names[1])
  counts <- lengths(items)
  repeated <- table(counts[counts > 1])
  k <- as.numeric(names(repeated)[which.max(repeated)])
  x <- do.call(rbind, lapply(items[counts >= k], function(one) one[1:k]))
  n <- nrow(x)
  rows <- k * sum((rowMeans(x) - mean(x))^2) / (n - 1)
  columns <- n * sum((colMeans(x) - mean(x))^2) / (k - 1)
  error <- (sum((x - mean(x))^2) - rows * (n - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))
  value <- (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
  people <- people[counts >= k]
  count <- as.numeric(table(people))
  if (length(count) < 3) return(c(value, NA, NA, NA))
  of_people <- function(values) as.numeric(tapply(values, people, mean))
  means <- of_people(rowMeans(x))
  inside <- of_people((rowMeans(x) - ave(rowMeans(x), people))^2)
  noise <- of_people(apply(x, 1, var))
  between <- var(means)
  within <- mean(inside)
  noise_mean <- mean(noise)
  chi2_ends <- function(variance, df) if (variance > 0) variance * df / qchisq(c(0.975, 0.025), df) else c(0, 0)
  between_ends <- chi2_ends(between, length(count) - 1)
  spread <- 2 * within^2 / (var(inside) / length(count))
  within_ends <- chi2_ends(within, min(max((length(count) - 1) * (n / length(count) - 1), 1), spread, na.rm = TRUE))
  reach <- qt(0.975, length(count) - 1) * sd(noise) / sqrt(length(count)) / noise_mean
  noise_ends <- chi2_ends(noise_mean, n * (k - 1))
  noise_ends <- c(min(noise_ends[1], noise_mean * exp(-reach)), max(noise_ends[2], noise_mean * exp(reach)))
  stable <- between + within
  low <- stable - sqrt((between - between_ends[1])^2 + (within - within_ends[1])^2)
  high <- stable + sqrt((between_ends[2] - between)^2 + (within_ends[2] - within)^2)
  down <- sqrt(log(stable / low)^2 + log(noise_ends[2] / noise_mean)^2)
  up <- sqrt(log(high / stable)^2 + log(noise_mean / noise_ends[1])^2)
  ends <- pmax(stable / noise_mean * exp(c(-down, up)) - error / noise_mean / k, 0)
  ends <- ends / (ends + 1)
  c(value, min(ends[1], value), max(ends[2], value), NA)
}

# ---- all rows ------------------------------------------------------------------------------------------------------

statistics[c("r_value", "r_low", "r_high", "r_p")] <- NA_real_
columns <- c("r_value", "r_low", "r_high", "r_p")
samples <- unique(statistics[c("task", "target_set", "metric")])
for (number in seq_len(nrow(samples))) {
  one <- samples[number, ]
  own <- which(statistics$task == one$task & statistics$target_set == one$target_set & statistics$metric == one$metric)
  rows <- statistics[own, ]
  everything <- trials[trials$task == one$task & trials$target_set == one$target_set & trials$metric == one$metric &
                         trials$excluded == "", ]
  trials_of_sample <- everything[everything$kind == "experiment", ]
  factors <- factors_of(rows)
  models <- list()
  for (analysis in intersect(c("lmm", "glmm", "learning"), rows$analysis)) {
    these <- rows[rows$analysis == analysis, ]
    if (!has_lme4 || any(these$statistic == "none")) next
    models[[analysis]] <- if (analysis == "learning") learning(these, everything, factors)
      else mixed_model(these, trials_of_sample, factors, analysis == "glmm")
  }
  for (index in own) {
    row <- statistics[index, ]
    cell <- parse_cell(row$cell)
    data <- in_cell(trials_of_sample, cell)
    found <- switch(row$analysis,
      mean = t_interval(participant_means(data, "score")),
      rank1 = bounded_interval(as.numeric(tapply(data[[row$outcome]], data$participant, mean))),
      "rank1-by-expression" = {
        data <- data[data$expression == row$effect, ]
        bounded_interval(as.numeric(tapply(data$rank1, data$participant, mean)))
      },
      contrast = contrast(row, data, row$factor, row$level, row$baseline),
      ancova = ancova(row, trials_of_sample, cell),
      icc = icc(data, factors),
      models[[row$analysis]][[row$effect]])
    if (!is.null(found)) statistics[index, columns] <- as.numeric(found)
  }
}
write.csv(statistics, file.path(folder, "statistics_r.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
difference <- pmax(abs(as.numeric(statistics$value) - statistics$r_value),
                   abs(as.numeric(statistics$low) - statistics$r_low),
                   abs(as.numeric(statistics$high) - statistics$r_high), na.rm = TRUE)
cat("Largest difference between R and the program:\n")
print(tapply(difference, statistics$analysis, max, na.rm = TRUE), digits = 3)
