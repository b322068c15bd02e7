-- Who made a version of the configuration, and why, is found by its moment.
CREATE INDEX journal_configuration ON journal (at)
    WHERE kind IN ('calendar', 'configuration');
