# Redmine on a database of the test, with a path by which the test writes issues and comments.
# Calls come as JSON: a list of lists, each the name of a function below and its arguments.
require 'json'
require '/usr/share/redmine/config/environment'

module Act
  module_function

  def start
    Redmine::DefaultData::Loader.load('en') if Tracker.count.zero?
    Setting.login_required = '0'
  end

  def project(name)
    Project.create!(name: name, identifier: name, is_public: true, trackers: Tracker.all).id
  end

  def issue(project, subject, description, hours_ago)
    values = { subject: subject, description: description, author: User.first, project: Project.find(project) }
    made = Issue.create!(**values, tracker: Tracker.first, status: IssueStatus.first, priority: IssuePriority.first)
    made.update_columns(created_on: Time.now - hours_ago * 3600)
    made.id
  end

  def comment(number, text, hours_ago, closes = false)
    issue = Issue.find(number)
    issue.init_journal(User.first, text)
    issue.status = IssueStatus.where(is_closed: true).first if closes
    issue.save!
    issue.journals.last.update_columns(created_on: Time.now - hours_ago * 3600)
    issue.journals.last.id
  end

  def edit_comment(journal, text)
    Journal.find(journal).update!(notes: text)
    journal
  end

  def delete_issue(number)
    Issue.find(number).destroy
    number
  end
end

Act.start
run lambda { |environment|
  next Rails.application.call(environment) unless environment['PATH_INFO'] == '/act'

  done = JSON.parse(environment['rack.input'].read).map { |name, *arguments| Act.send(name, *arguments) }
  [200, { 'Content-Type' => 'application/json' }, [JSON.generate(done)]]
}
